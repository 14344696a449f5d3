# Propensity scores, weights, matching, balance and adjusted contrasts on LaLonde's data, as MatchIt carries them (185
# treated, 429 comparators). Writes weighting.csv. Long format: method, quantity, name, value. Rows are 0-based.
#   glm        stats::glm and brglm2 (Firth); penalised likelihood by optim for the ridge
#   matchit    MatchIt: its balance table before matching
#   greedy     nearest-neighbour pairs by going through every comparator
#   svyglm     survey: Hajek means with the weights taken as known
#   stacked    every estimating equation written out, its derivative by numerical differences: sandwich of the whole stack
#   entropy    the dual of Hainmueller (2012) by optim, then Newton steps by solve()
# Run: Rscript weighting.R   (from this folder)
suppressMessages({library(MatchIt); library(survey); library(brglm2)})
lines <- c(paste0("# ", R.version.string, ", MatchIt ", packageVersion("MatchIt"), ", survey ", packageVersion("survey"),
                  ", brglm2 ", packageVersion("brglm2")), "method,quantity,name,value")
put <- function(method, quantity, names, values)
  lines <<- c(lines, sprintf("%s,%s,%s,%.12g", method, quantity, names, values))

data(lalonde, package = "MatchIt")
d <- lalonde
d$black <- as.numeric(d$race == "black"); d$hispan <- as.numeric(d$race == "hispan")
covariates <- c("age", "educ", "black", "hispan", "married", "nodegree", "re74", "re75")
a <- d$treat; x <- as.matrix(d[, covariates]); n <- nrow(d)
d$earning <- as.numeric(d$re78 > 4000)
form <- reformulate(covariates, "treat")

# --- propensity scores
fit <- glm(form, binomial, d, control = list(epsilon = 1e-14, maxit = 100))
put("glm", "coefficient", c("(intercept)", covariates), coef(fit))
firth <- glm(form, binomial, d, method = "brglmFit", type = "AS_mean", epsilon = 1e-10, maxit = 1000)
put("firth", "coefficient", c("(intercept)", covariates), coef(firth))
scaled <- sweep(sweep(x, 2, colMeans(x)), 2, apply(x, 2, function(v) sqrt(mean((v - mean(v))^2))), "/")
design <- cbind(1, scaled)
ridge <- rep(0, 9)
for (i in 1:50) {                                                        # ridge of 2 on the standardised slopes
  p <- plogis(design %*% ridge)[, 1]
  ridge <- ridge + solve(t(design) %*% (p * (1 - p) * design) + diag(c(0, rep(2, 8))),
                         t(design) %*% (a - p) - c(0, rep(2, 8)) * ridge)[, 1]
}
put("ridge", "logit", seq_len(5) - 1, (design %*% ridge)[1:5, 1])

# --- matching
# Pairs by going through every comparator, and by MatchIt. Its versions 4.5.1 to 4.5.3 are no reference where a vector of
# distances is all they are given: these differences are cut to whole numbers, so that a match a whole caliper too far, or
# not the nearest, is kept (github.com/kosukeimai/MatchIt/issues/163, mended in 4.5.4; treated at 1, 2, 3, comparators at
# 1.1, 1.9, 2.4, 3.05, 0.2 with replacement: 3 is given the one at 2.4). Given the same score once more as mahvars they
# compare every pair in full; the caliper is the same, in SDs (n - 1) of the distance over all cases. What later versions
# print of these data (vignettes MatchIt and assessing-balance) is asserted in the tests.
greedy <- function(distance, replace, ratio = 1, width = Inf, order_by = -distance) {
  treated <- which(a == 1); treated <- treated[order(order_by[treated])]
  free <- a == 0; pairs <- NULL
  for (k in seq_len(ratio)) for (i in treated) {
    candidates <- which(free & !(which_all %in% pairs[pairs[, 1] == i, 2]))
    far <- abs(distance[candidates] - distance[i])
    if (length(candidates) == 0 || min(far) > width) next
    j <- candidates[far <= min(far) + 1e-10][1]                              # ties, but for rounding: the earlier row
    pairs <- rbind(pairs, c(i, j)); if (!replace) free[j] <- FALSE
  }
  pairs
}
which_all <- seq_len(n); logit <- predict(fit)
matched <- list(
  "1:1" = greedy(logit, FALSE), "1:1 replace" = greedy(logit, TRUE), "2:1" = greedy(logit, FALSE, 2),
  "2:1 replace" = greedy(logit, TRUE, 2), "1:1 caliper" = greedy(logit, FALSE, width = 0.1 * sd(logit)),
  "1:1 replace caliper" = greedy(logit, TRUE, width = 0.02 * sd(logit)),
  "1:1 smallest" = greedy(logit, FALSE, order_by = logit), "1:1 as given" = greedy(logit, FALSE, order_by = which_all))
by_matchit <- function(...) {
  found <- suppressWarnings(matchit(form, d, distance = unname(logit), mahvars = ~logit, ...))$match.matrix
  pairs <- cbind(rep(match(rownames(found), rownames(d)), ncol(found)), match(c(found), rownames(d)))
  pairs[!is.na(pairs[, 2]), ]
}
d$logit <- unname(logit)
far <- function(pairs) sort(abs(logit[pairs[, 1]] - logit[pairs[, 2]]))
for (name in c("1:1", "1:1 caliper", "1:1 smallest", "1:1 as given", "1:1 replace", "1:1 replace caliper")) {
  width <- c("1:1 caliper" = 0.1, "1:1 replace caliper" = 0.02)[name]
  theirs <- by_matchit(replace = grepl("replace", name), caliper = if (is.na(width)) NULL else unname(width),
                       m.order = if (grepl("smallest", name)) "smallest" else if (grepl("given", name)) "data" else "largest")
  mine <- matched[[name]]
  same <- paste(mine[, 1], mine[, 2]) %in% paste(theirs[, 1], theirs[, 2])  # all but one tie that rounding decides
  stopifnot(nrow(mine) == nrow(theirs), sum(!same) <= grepl("replace", name), abs(far(mine) - far(theirs)) < 1e-12)
}
for (name in names(matched)) put(paste("greedy", name), "pair", matched[[name]][, 1] - 1, matched[[name]][, 2] - 1)
before <- summary(matchit(form, d, method = NULL))$sum.all[covariates, ]
put("matchit", "standardised difference", covariates, before[, "Std. Mean Diff."])
ratio <- before[, "Var. Ratio"]; put("matchit", "variance ratio", covariates[!is.na(ratio)], ratio[!is.na(ratio)])
pairs <- matched[["1:1"]]
paired <- data.frame(re78 = d$re78[c(pairs)], treat = a[c(pairs)], pair = rep(pairs[, 1], 2))
by_pair <- svyglm(re78 ~ treat, svydesign(~pair, weights = ~1, data = paired))
put("svyglm 1:1", "difference", "re78", coef(by_pair)[2])
# survey scales a sum over m clusters by m/(m-1)
put("svyglm 1:1", "standard error", "re78", SE(by_pair)[2] / sqrt(nrow(pairs) / (nrow(pairs) - 1)))

# --- weighted contrasts, weights known
e <- fitted(fit)
weights <- list(ATT = ifelse(a == 1, 1, e / (1 - e)), ATE = ifelse(a == 1, 1 / e, 1 / (1 - e)), overlap = ifelse(a == 1, 1 - e, e))
for (target in names(weights)) {
  d$w <- weights[[target]]
  g <- svyglm(re78 ~ treat, svydesign(~1, weights = ~w, data = d))
  put(paste("svyglm", target), "difference", "re78", coef(g)[2])
  put(paste("svyglm", target), "standard error", "re78", SE(g)[2] * sqrt((n - 1) / n))
  for (arm in 0:1) put(paste("svyglm", target), "effective", arm, sum(d$w[a == arm])^2 / sum(d$w[a == arm]^2))
}

# --- stacked estimating equations
sandwich_of <- function(psi, theta) {                                    # psi(theta): n x q; theta: its root
  q <- length(theta)
  slope <- sapply(seq_len(q), function(j) {
    h <- 1e-5 * max(1, abs(theta[j])); up <- theta; up[j] <- up[j] + h; down <- theta; down[j] <- down[j] - h
    (colSums(psi(up)) - colSums(psi(down))) / (2 * h)
  })
  bread <- solve(slope)
  bread %*% crossprod(psi(theta)) %*% t(bread)
}
report <- function(method, outcome, theta, covariance, one, other) {
  put(method, "treated", outcome, theta[one]); put(method, "comparator", outcome, theta[other])
  put(method, "standard error", outcome,
      sqrt(covariance[one, one] + covariance[other, other] - 2 * covariance[one, other]))
  put(method, "standard error of log ratio", outcome,
      sqrt(covariance[one, one] / theta[one]^2 + covariance[other, other] / theta[other]^2 -
           2 * covariance[one, other] / (theta[one] * theta[other])))
}
tilt <- function(e, target) switch(target,
  ATT = list(one = 1 + 0 * e, other = e / (1 - e), share = a), ATE = list(one = 1 / e, other = 1 / (1 - e), share = 1 + 0 * e),
  overlap = list(one = 1 - e, other = e, share = e * (1 - e)))
beta <- glm(a ~ scaled, family = binomial, control = list(epsilon = 1e-14, maxit = 100))$coefficients
for (outcome in c("re78", "earning")) {
  y <- if (outcome == "re78") d$re78 / 1000 else d$earning                # thousands: better conditioned differences
  for (target in c("ATT", "ATE", "overlap")) {
    psi <- function(theta) {
      e <- plogis(design %*% theta[1:9])[, 1]; w <- tilt(e, target)
      cbind((a - e) * design, a * w$one * (y - theta[10]), (1 - a) * w$other * (y - theta[11]))
    }
    w <- tilt(plogis(design %*% beta)[, 1], target)
    theta <- c(beta, weighted.mean(y, a * w$one), weighted.mean(y, (1 - a) * w$other))
    report(paste("stacked weighting", target), outcome, theta, sandwich_of(psi, theta), 10, 11)
    # AIPW: a regression in each arm, predictions over the target, weighted residuals (Hajek)
    family <- if (outcome == "re78") gaussian() else binomial()
    mean_of <- function(linear) if (outcome == "re78") linear else plogis(linear)
    b1 <- glm(y ~ scaled, family, subset = a == 1, control = list(epsilon = 1e-14, maxit = 100))$coefficients
    b0 <- glm(y ~ scaled, family, subset = a == 0, control = list(epsilon = 1e-14, maxit = 100))$coefficients
    psi <- function(theta) {
      e <- plogis(design %*% theta[1:9])[, 1]; w <- tilt(e, target)
      m1 <- mean_of(design %*% theta[10:18])[, 1]; m0 <- mean_of(design %*% theta[19:27])[, 1]
      # predicted means 28 29, weighted residuals 30 31, their sums 32 33
      cbind((a - e) * design, a * (y - m1) * design, (1 - a) * (y - m0) * design,
            w$share * (m1 - theta[28]), w$share * (m0 - theta[29]),
            a * w$one * (y - m1 - theta[30]), (1 - a) * w$other * (y - m0 - theta[31]),
            (theta[28] + theta[30] - theta[32]) / n, (theta[29] + theta[31] - theta[33]) / n)
    }
    m1 <- mean_of(design %*% b1)[, 1]; m0 <- mean_of(design %*% b0)[, 1]
    p1 <- weighted.mean(m1, w$share); p0 <- weighted.mean(m0, w$share)
    r1 <- weighted.mean(y - m1, a * w$one); r0 <- weighted.mean(y - m0, (1 - a) * w$other)
    theta <- c(beta, b1, b0, p1, p0, r1, r0, p1 + r1, p0 + r0)
    covariance <- sandwich_of(psi, theta)
    report(paste("stacked AIPW", target), outcome, theta, covariance, 32, 33)
    if (target != "overlap") report(paste("stacked regression", target), outcome, theta, covariance, 28, 29)
  }
}

# --- entropy balancing
balance_to <- function(z, aim) {
  z <- sweep(z, 2, aim); lambda <- rep(0, ncol(z))
  dual <- function(l) log(mean(exp(z %*% l)))
  lambda <- optim(lambda, dual, method = "BFGS", control = list(maxit = 5000, reltol = 1e-14))$par
  for (i in 1:20) {
    q <- exp(z %*% lambda)[, 1]; q <- q / sum(q); g <- colSums(q * z)
    lambda <- lambda - solve(t(z) %*% (q * z) - g %*% t(g), g)
  }
  list(lambda = lambda, weight = q)
}
y <- d$re78 / 1000
aim <- colMeans(scaled[a == 1, ])
att <- balance_to(scaled[a == 0, ], aim)
put("entropy ATT", "weight", which(a == 0)[1:10] - 1, att$weight[1:10] * sum(a == 0))
put("entropy ATT", "effective", 0, 1 / sum(att$weight^2))
psi <- function(theta) {
  centred <- sweep(scaled, 2, theta[1:8]); w <- exp(centred %*% theta[9:16])[, 1]
  cbind(a * centred, (1 - a) * w * centred, a * (y - theta[17]), (1 - a) * w * (y - theta[18]))
}
theta <- c(aim, att$lambda, mean(y[a == 1]), sum(att$weight * y[a == 0]))
report("entropy ATT", "re78", theta, sandwich_of(psi, theta), 17, 18)
one <- balance_to(scaled[a == 1, ], rep(0, 8)); other <- balance_to(scaled[a == 0, ], rep(0, 8))
psi <- function(theta) {
  centred <- sweep(scaled, 2, theta[1:8])
  cbind(centred, a * exp(centred %*% theta[9:16])[, 1] * centred, (1 - a) * exp(centred %*% theta[17:24])[, 1] * centred,
        a * exp(centred %*% theta[9:16])[, 1] * (y - theta[25]), (1 - a) * exp(centred %*% theta[17:24])[, 1] * (y - theta[26]))
}
theta <- c(rep(0, 8), one$lambda, other$lambda, sum(one$weight * y[a == 1]), sum(other$weight * y[a == 0]))
report("entropy ATE", "re78", theta, sandwich_of(psi, theta), 25, 26)
writeLines(lines, "weighting.csv")
