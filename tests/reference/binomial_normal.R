# The pooled log odds ratio of rare events in two arms. Writes binomial_normal.csv.
#   metafor     rma.glmm(measure = "OR", model = "CM.EL" or "UM.FS", test = "t"; "z" for two studies)
#   likelihood  both likelihoods written out here (dense trapezoid over the random effect), maximised by optim
# Run: Rscript binomial_normal.R   (from this folder)

suppressMessages({library(metafor); library(lme4)})

n07 <- dat.nielweise2007
sets <- list(
  "nielweise 2007" = list(n07$ai, n07$n1i, n07$ci, n07$n2i),
  "nielweise 2007, failures" = list(n07$n1i - n07$ai, n07$n1i, n07$n2i - n07$ci, n07$n2i),
  "four studies, no spread" = list(c(2, 1, 3, 0), c(20, 15, 30, 12), c(5, 3, 7, 2), c(21, 15, 28, 12)),
  "five studies, spread" = list(c(0, 9, 1, 12, 3), c(25, 30, 40, 35, 50), c(6, 2, 5, 3, 4), c(25, 30, 38, 36, 49)),
  "two studies" = list(c(1, 8), c(20, 30), c(6, 7), c(20, 30))
)

z <- seq(-9, 9, by = 0.02)
conditional <- function(b, d) {
  delta <- b[1] + exp(b[2]) * z
  sum(sapply(seq_along(d[[1]]), function(i) {
    x <- d[[1]][i]; n1 <- d[[2]][i]; m <- x + d[[3]][i]; n0 <- d[[4]][i]
    s <- max(0, m - n0):min(n1, m)
    if (length(s) == 1) return(0)
    all <- outer(delta, s) + rep(lchoose(n1, s) + lchoose(n0, m - s), each = length(delta))
    top <- apply(all, 1, max)
    lik <- delta * x + lchoose(n1, x) + lchoose(n0, m - x) - top - log(rowSums(exp(all - top)))
    log(sum(exp(lik - z^2 / 2)) * 0.02 / sqrt(2 * pi))
  }))
}
intercepts <- function(b, d) {
  sum(sapply(seq_along(d[[1]]), function(i) {
    x1 <- d[[1]][i]; n1 <- d[[2]][i]; x0 <- d[[3]][i]; n0 <- d[[4]][i]
    if (x1 + x0 == 0 || x1 + x0 == n1 + n0) return(0)
    half <- (b[1] + exp(b[2]) * z) / 2
    optimize(function(mu) {
      a <- mu + half; c <- mu - half
      term <- x1 * a - n1 * log1p(exp(a)) + x0 * c - n0 * log1p(exp(c)) - z^2 / 2
      top <- max(term)
      log(sum(exp(term - top)) * 0.02 / sqrt(2 * pi)) + top
    }, c(-15, 15), maximum = TRUE, tol = 1e-10)$objective
  }))
}
likelihood <- function(f, d) {
  start <- c(0, log(0.5))
  for (again in 1:4) start <- optim(start, function(b) -f(b, d), method = "Nelder-Mead", control = list(reltol = 1e-15, maxit = 2000))$par
  tau <- exp(start[2])
  if (tau < 1e-3) {
    mu <- optimize(function(m) f(c(m, -15), d), c(-10, 10), maximum = TRUE, tol = 1e-10)$maximum
    bend <- (f(c(mu + 1e-2, -15), d) - 2 * f(c(mu, -15), d) + f(c(mu - 1e-2, -15), d)) / 1e-4
    return(c(mu, 0, 1 / sqrt(-bend)))
  }
  bend <- optimHess(start, function(b) -f(b, d), control = list(ndeps = c(3e-3, 3e-3)))
  c(start[1], tau, sqrt(solve(bend)[1, 1]))
}

rows <- list()
join <- function(x) paste(x, collapse = " ")
add <- function(set, method, model, d, v) rows[[length(rows) + 1]] <<- data.frame(
  set = gsub(",", ";", set), method, model, responders = join(d[[1]]), n = join(d[[2]]),
  control_responders = join(d[[3]]), control_n = join(d[[4]]), mu = sprintf("%.10g", v[1]), tau = sprintf("%.10g", v[2]),
  standard_error = sprintf("%.10g", v[3]))
for (set in names(sets)) {
  d <- sets[[set]]
  add(set, "likelihood", "conditional", d, likelihood(conditional, d))
  add(set, "likelihood", "study intercepts", d, likelihood(intercepts, d))
  for (model in c("CM.EL", "UM.FS")) {
    fit <- try(suppressWarnings(rma.glmm(measure = "OR", ai = d[[1]], n1i = d[[2]], ci = d[[3]], n2i = d[[4]], model = model)), silent = TRUE)
    if (!inherits(fit, "try-error"))
      add(set, "metafor", c(CM.EL = "conditional", UM.FS = "study intercepts")[[model]], d, c(fit$b[1], sqrt(fit$tau2), fit$se))
  }
}
writeLines(sprintf("# %s; metafor %s; lme4 %s", R.version.string, packageVersion("metafor"), packageVersion("lme4")), "binomial_normal.csv")
suppressWarnings(write.table(do.call(rbind, rows), "binomial_normal.csv", sep = ",", row.names = FALSE, quote = FALSE, append = TRUE))
