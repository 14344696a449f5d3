# Firth's logistic regression: estimates and standard errors by brglm2 (mean bias reduction, which is Firth's for a
# logistic link), profile penalised-likelihood limits and tests from first principles by optim() and uniroot().
# Writes firth.csv. Run: Rscript firth.R   (from this folder)
suppressMessages(library(brglm2))
version <- paste0("# ", R.version.string, "; brglm2 ", packageVersion("brglm2"))

sets <- list(
  "24 cases" = list(
    y = c(1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1),
    x = cbind(
      cells = c(121, 45, 230, 98, 60, 310, 75, 52, 180, 140, 88, 95, 205, 110, 66, 260, 41, 150, 130, 83, 175, 220, 58, 105),
      levels = c(1, 2, 1, 1, 3, 2, 1, 2, 1, 2, 1, 3, 1, 2, 2, 1, 3, 1, 1, 2, 1, 2, 2, 1))),
  "separated" = list(y = c(0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1), x = cbind(grade = c(5, 4, 5, 4, 4, 1, 2, 3, 2, 1, 3, 2))),
  "half separated" = list(y = c(0, 0, 0, 1, 0, 0, 1, 1, 1, 1), x = cbind(
    fusion = c(0, 0, 0, 0, 0, 0, 1, 1, 1, 1), age = c(34, 51, 47, 60, 29, 66, 45, 38, 57, 41))))

penalised <- function(y, design, beta) {
  p <- plogis(design %*% beta)[, 1]
  information <- t(design) %*% (p * (1 - p) * design)
  sum(ifelse(y == 1, plogis(design %*% beta, log.p = TRUE), plogis(-design %*% beta, log.p = TRUE))) +
    determinant(information)$modulus / 2
}
rows <- list()
for (name in names(sets)) {
  y <- sets[[name]]$y; x <- sets[[name]]$x
  centred <- cbind(1, sweep(x, 2, colMeans(x))) # slopes are those of x; the intercept is not compared for limits
  scale <- c(1, apply(x, 2, sd))
  fit <- glm(y ~ x, family = binomial, method = "brglmFit", type = "AS_mean", epsilon = 1e-12, maxit = 1000)
  at <- summary(fit)$coefficients
  height <- function(u) penalised(y, centred, u / scale)
  climb <- function(f, start) {
    for (again in 1:4) start <- optim(start, f, method = "BFGS", control = list(fnscale = -1, reltol = 1e-16, maxit = 5000))$par
    f(start)
  }
  best <- climb(height, rep(0, ncol(centred)))
  best_u <- c(at[1, 1] + sum(at[-1, 1] * colMeans(x)), at[-1, 1]) * scale
  rows[[length(rows) + 1]] <- data.frame(set = name, term = "(intercept)", coefficient = sprintf("%.12g", at[1, 1]),
    standard_error = sprintf("%.12g", at[1, 2]), lower = NA, upper = NA, chi_squared = NA)
  for (j in 2:ncol(centred)) {
    profile <- function(v) climb(function(rest) height(append(rest, v, j - 1)), best_u[-j])
    fall <- function(v) 2 * (profile(v) - best) + qchisq(0.95, 1)
    step <- at[j, 2] * scale[j]
    far <- c(best_u[j] - step, best_u[j] + step)
    while (fall(far[1]) > 0) far[1] <- far[1] - step
    while (fall(far[2]) > 0) far[2] <- far[2] + step
    lower <- uniroot(fall, c(far[1], best_u[j]), tol = 1e-10)$root / scale[j]
    upper <- uniroot(fall, c(best_u[j], far[2]), tol = 1e-10)$root / scale[j]
    rows[[length(rows) + 1]] <- data.frame(set = name, term = colnames(x)[j - 1],
      coefficient = sprintf("%.12g", at[j, 1]), standard_error = sprintf("%.12g", at[j, 2]),
      lower = sprintf("%.10g", lower), upper = sprintf("%.10g", upper), chi_squared = sprintf("%.10g", 2 * (best - profile(0))))
  }
}
writeLines(version, "firth.csv")
suppressWarnings(write.table(do.call(rbind, rows), "firth.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
