# Pooled log-odds: R's metafor, and the same likelihood from first principles (dense trapezoid, optim). Writes pooling.csv.
#   glmm       rma.glmm(measure = "PLO", test = "t" or, for two arms, "z", nAGQ = 25): lme4's optimiser, about 4 digits
#   likelihood the binomial-normal likelihood written out here, maximised to about 8 digits
#   reml       rma(measure = "PLO", method = "REML", add = 1/2, to = "only0"), test = "knha", "adhoc" or "z"
# Run: Rscript pooling.R   (from this folder)

suppressMessages({library(metafor); library(lme4)})

sets <- list(
  "four arms, no spread" = list(c(10, 6, 7, 8), c(18, 18, 20, 25)),
  "four arms, one without responders" = list(c(0, 1, 3, 8), c(18, 18, 20, 25)),
  "two arms" = list(c(10, 3), c(18, 20)),
  "two arms, one without responders" = list(c(0, 7), c(20, 25)),
  "three arms" = list(c(2, 9, 20), c(12, 18, 31)),
  "three arms, one of all" = list(c(12, 5, 9), c(12, 14, 16)),
  "pritz 1997" = list(dat.pritz1997$xi, dat.pritz1997$ni),
  "bcg controls" = list(dat.bcg$cpos, dat.bcg$cpos + dat.bcg$cneg)
)

z <- seq(-9, 9, by = 0.01)
loglik <- function(mu, v, x, n) {
  theta <- mu + sqrt(v) * z
  softplus <- pmax(theta, 0) + log1p(exp(-abs(theta)))
  sum(mapply(function(xi, ni) {
    term <- xi * theta - ni * softplus - z^2 / 2
    top <- max(term)
    log(sum(exp(term - top)) * 0.01 / sqrt(2 * pi)) + top
  }, x, n))
}
likelihood <- function(x, n) {
  f <- function(b) -loglik(b[1], exp(2 * b[2]), x, n)
  start <- c(qlogis(sum(x) / sum(n)), log(0.7))
  for (again in 1:5) {
    fit <- optim(start, f, method = "Nelder-Mead", control = list(reltol = 1e-16, maxit = 5000))
    start <- fit$par
  }
  if (exp(fit$par[2]) < 1e-3) {
    p <- sum(x) / sum(n)
    return(c(qlogis(p), 0, 1 / sqrt(sum(n) * p * (1 - p))))
  }
  bend <- optimHess(fit$par, f, control = list(ndeps = c(1e-3, 1e-3)))
  c(fit$par[1], exp(fit$par[2]), sqrt(solve(bend)[1, 1]))
}

rows <- list()
add <- function(set, method, x, n, mu, tau, se, lower = NA, upper = NA, next_lower = NA, next_upper = NA) {
  number <- function(value) ifelse(is.na(value), "", sprintf("%.12g", value))
  rows[[length(rows) + 1]] <<- data.frame(
    set = gsub(",", ";", set), method = method, responders = paste(x, collapse = " "), n = paste(n, collapse = " "),
    mu = number(mu), tau = number(tau), standard_error = number(se), lower = number(lower), upper = number(upper),
    prediction_lower = number(next_lower), prediction_upper = number(next_upper)
  )
}
for (set in names(sets)) {
  x <- sets[[set]][[1]]; n <- sets[[set]][[2]]; two <- length(x) == 2
  fit <- rma.glmm(measure = "PLO", xi = x, ni = n, test = if (two) "z" else "t", nAGQ = 25)
  ahead <- predict(fit)
  add(set, "glmm", x, n, fit$beta[1], sqrt(fit$tau2), fit$se, fit$ci.lb, fit$ci.ub,
      if (two) NA else ahead$pi.lb, if (two) NA else ahead$pi.ub)
  own <- likelihood(x, n)
  add(set, "likelihood", x, n, own[1], own[2], own[3])
  for (test in if (two) "z" else c("knha", "adhoc")) {
    fit <- rma(measure = "PLO", xi = x, ni = n, method = "REML", test = test, add = 1 / 2, to = "only0",
               control = list(threshold = 1e-12, maxiter = 1000))
    ahead <- predict(fit)
    add(set, paste0("reml ", test), x, n, fit$beta[1], sqrt(fit$tau2), fit$se, fit$ci.lb, fit$ci.ub,
        if (two) NA else ahead$pi.lb, if (two) NA else ahead$pi.ub)
  }
}
writeLines(paste0("# ", R.version.string, "; metafor ", packageVersion("metafor"), "; lme4 ", packageVersion("lme4")), "pooling.csv")
suppressWarnings(write.table(do.call(rbind, rows), "pooling.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
