# Scores over time: R's nlme, lme4 with pbkrtest, clubSandwich, and the likelihood from first principles. Writes mmrm.csv.
#   dense      the (restricted) likelihood written out with whole matrices, maximised by Newton's method on differenced
#              derivatives (Richardson) to about 9 digits; Satterthwaite's df from the same differences
#   gls        nlme::gls, which stops at about 4 digits of a covariance parameter (differenced gradient)
#   pbkrtest   vcovAdj and KRmodcomp on lmer(... + (1 | id)), which is compound symmetry
#   CR0 ...    clubSandwich::vcovCR and coef_test(test = "Satterthwaite") on the gls fit
# Run: Rscript mmrm.R   (from this folder). Long format: set, method, quantity, place, value.
suppressMessages({library(nlme); library(lme4); library(pbkrtest); library(clubSandwich)})

draws <- function(seed, n) { # Park and Miller's generator, as in the test
  out <- numeric(n)
  for (i in seq_len(n)) { seed <- (16807 * seed) %% 2147483647; out[i] <- seed }
  out / 2147483647
}
n <- 40; m <- 4
case <- rep(0:(n - 1), each = m); visit <- rep(0:(m - 1), n); arm <- case %% 2
level <- rep(12 * draws(2013, n) - 6, each = m)
noise <- (draws(7, n * m) + draws(11, n * m) + draws(13, n * m) - 1.5) * (2 + visit)
score <- 40 - 2 * visit - 1.5 * arm * visit + level + noise
unseen <- draws(99, n * m) < 0.05 + 0.1 * visit
d <- data.frame(id = factor(case), case, visit, v = factor(visit), arm, score, weight = 0.5 + round(8 * draws(5, n * m)) / 4)
d <- d[!unseen, ]
X <- model.matrix(~ v * arm, d)

cor_of <- function(rho) rho / sqrt(1 + rho^2)
sigma_of <- function(structure, theta) {
  lag <- abs(outer(1:m, 1:m, "-"))
  if (structure == "unstructured") {
    L <- diag(m); L[lower.tri(L)] <- theta[-(1:m)]; L <- diag(exp(theta[1:m])) %*% L
    return(L %*% t(L))
  }
  k <- if (grepl("heterogeneous", structure)) m else 1
  D <- exp(rep(theta[1:k], length.out = m)); rest <- theta[-(1:k)]
  a <- 1 / (m - 1)
  R <- if (grepl("Toeplitz", structure)) matrix(c(1, cor_of(rest))[lag + 1], m)
       else if (grepl("AR", structure)) cor_of(rest)^lag
       else ifelse(lag == 0, 1, plogis(rest) * (1 + a) - a)
  outer(D, D) * R
}
size_of <- function(structure) if (structure == "unstructured") m * (m + 1) / 2 else
  (if (grepl("heterogeneous", structure)) m else 1) + (if (grepl("Toeplitz", structure)) m - 1 else 1)

whole <- function(structure, theta, grouped, weighted) {
  k <- size_of(structure); V <- matrix(0, nrow(d), nrow(d))
  for (i in unique(d$case)) {
    of <- which(d$case == i); g <- if (grouped) d$arm[of[1]] else 0
    S <- sigma_of(structure, theta[g * k + 1:k])[d$visit[of] + 1, d$visit[of] + 1, drop = FALSE]
    w <- if (weighted) d$weight[of] else rep(1, length(of))
    V[of, of] <- S / sqrt(outer(w, w))
  }
  V
}
solve_for <- function(V) {
  Vi <- chol2inv(chol(V)); phi <- solve(t(X) %*% Vi %*% X)
  list(phi = phi, beta = drop(phi %*% t(X) %*% Vi %*% d$score), Vi = Vi)
}
deviance_of <- function(theta, structure, grouped, weighted, restricted) tryCatch({
  V <- whole(structure, theta, grouped, weighted); s <- solve_for(V); r <- d$score - X %*% s$beta
  value <- 2 * sum(log(diag(chol(V)))) + drop(t(r) %*% s$Vi %*% r) + nrow(d) * log(2 * pi)
  if (restricted) value <- value - log(det(s$phi)) - ncol(X) * log(2 * pi)
  value
}, error = function(e) Inf)
gradient <- function(f, at, h = 2e-3) sapply(seq_along(at), function(i) {
  e <- replace(0 * at, i, h)
  (8 * (f(at + e) - f(at - e)) - (f(at + 2 * e) - f(at - 2 * e))) / (12 * h)
})
hessian <- function(f, at) {
  H <- sapply(seq_along(at), function(i) {
    h <- 2e-3; e <- replace(0 * at, i, h)
    (8 * (gradient(f, at + e) - gradient(f, at - e)) - (gradient(f, at + 2 * e) - gradient(f, at - 2 * e))) / (12 * h)
  })
  (H + t(H)) / 2
}

lines <- c(paste0("# ", R.version.string, ", nlme ", packageVersion("nlme"), ", lme4 ", packageVersion("lme4"), ", pbkrtest ",
                  packageVersion("pbkrtest"), ", clubSandwich ", packageVersion("clubSandwich")),
           "set,method,quantity,place,value")
put <- function(set, method, quantity, values) for (i in seq_along(values))
  lines <<- c(lines, sprintf("%s,%s,%s,%d,%.12g", set, method, quantity, i - 1, values[i]))

dense <- function(set, structure, grouped = FALSE, weighted = FALSE, restricted = TRUE, df = FALSE) {
  f <- function(t) deviance_of(t, structure, grouped, weighted, restricted)
  one <- if (structure == "unstructured") c(rep(log(4), m), rep(0.4, m * (m - 1) / 2)) else
    c(rep(log(4), if (grepl("heterogeneous", structure)) m else 1), if (grepl("Toeplitz", structure)) c(1, 0.8, 0.7) else 0.8)
  theta <- rep(one, if (grouped) 2 else 1)
  theta <- optim(theta, f, method = "BFGS", control = list(reltol = 1e-12, maxit = 1000))$par
  for (again in 1:2) theta <- theta - solve(if (again == 1) H <- hessian(f, theta) else H, gradient(f, theta))
  theta <- theta - solve(H, gradient(f, theta))
  s <- solve_for(whole(structure, theta, grouped, weighted))
  put(set, "dense", "deviance", f(theta)); put(set, "dense", "coefficient", s$beta)
  put(set, "dense", "standard error", sqrt(diag(s$phi)))
  sigma <- lapply(seq_len(if (grouped) 2 else 1), function(g) sigma_of(structure, theta[(g - 1) * length(one) + seq_along(one)]))
  put(set, "dense", "sigma", unlist(lapply(sigma, t)))
  if (df) {
    H <- hessian(f, theta)
    variance <- function(t) diag(solve_for(whole(structure, t, grouped, weighted))$phi)
    slope <- sapply(seq_along(theta), function(i) { h <- 1e-3; e <- replace(0 * theta, i, h)
      (8 * (variance(theta + e) - variance(theta - e)) - (variance(theta + 2 * e) - variance(theta - 2 * e))) / (12 * h) })
    put(set, "dense", "df", 2 * diag(s$phi)^2 / rowSums((slope %*% (2 * solve(H))) * slope))
  }
}
structures <- c("unstructured", "heterogeneous Toeplitz", "Toeplitz", "heterogeneous AR(1)", "AR(1)",
                "heterogeneous compound symmetry", "compound symmetry")
for (structure in structures) dense(structure, structure, df = structure != "unstructured")
dense("unstructured by maximum likelihood", "unstructured", restricted = FALSE)
dense("unstructured weighted", "unstructured", weighted = TRUE)
dense("heterogeneous AR(1) of each arm", "heterogeneous AR(1)", grouped = TRUE)

by_gls <- function(set, correlation, weights = NULL, method = "REML") {
  fit <- gls(score ~ v * arm, d, correlation = correlation, weights = weights, method = method,
             control = glsControl(tolerance = 1e-12, msTol = 1e-14, maxIter = 500, msMaxIter = 500))
  put(set, "gls", "coefficient", coef(fit)); put(set, "gls", "deviance", -2 * as.numeric(logLik(fit)))
  put(set, "gls", "standard error", sqrt(diag(vcov(fit)))) # for "ML" nlme rescales by n / (n - p)
  invisible(fit)
}
free <- varIdent(form = ~ 1 | v); at <- ~ visit | id
us <- by_gls("unstructured", corSymm(form = ~ visit + 1 | id), free)
by_gls("heterogeneous AR(1)", corAR1(form = at), free)
ar <- by_gls("AR(1)", corAR1(form = at))
by_gls("heterogeneous compound symmetry", corCompSymm(form = at), free)
by_gls("compound symmetry", corCompSymm(form = at))
for (kind in c("CR0", "CR2", "CR3")) for (set in c("AR(1)", "unstructured")) {
  found <- coef_test(if (set == "AR(1)") ar else us, vcov = kind, cluster = d$id, test = "Satterthwaite")
  put(set, kind, "standard error", found$SE); put(set, kind, "df", found$df_Satt)
}

big <- lmer(score ~ v * arm + (1 | id), d, REML = TRUE,
            control = lmerControl(optimizer = "nloptwrap", optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-14)))
put("compound symmetry", "pbkrtest", "standard error", sqrt(diag(as.matrix(vcovAdj(big)))))
put("compound symmetry", "pbkrtest", "df", sapply(1:8, function(i) get_Lb_ddf(big, replace(numeric(8), i, 1))))
joint <- cbind(matrix(0, 3, 5), diag(3))
test <- KRmodcomp(big, joint)$test["Ftest", ]
put("compound symmetry", "pbkrtest", "joint", c(test$stat, test$ndf, test$ddf, test$F.scaling, test$p.value))
writeLines(lines, "mmrm.csv")
