# Matching with replacement on a propensity score's logit: 40 treated, 90 comparators, three covariates, no ties.
# Writes matching_replacement.csv. Long format: method, quantity, name, value. Rows are 0-based.
#   data      treat, x1 to x3, score (in points) and yes (0 or 1), as drawn here; logit: stats::glm
#   Matching  Match(estimand = "ATT", replace = TRUE): estimate and Abadie and Imbens' (2006) standard error, the variance
#             about a score by Var.calc neighbours of one's own cohort
#   theorem 2 of Abadie and Imbens (2016), the effect on the treated, written out case by case: c, g, and what the
#             estimation of the score adds to the variance; windows of 4 as ours
# Run: Rscript matching_replacement.R   (from this folder)
suppressMessages(library(Matching))
lines <- c(paste0("# ", R.version.string, ", Matching ", packageVersion("Matching")), "method,quantity,name,value")
put <- function(method, quantity, names, values)
  lines <<- c(lines, sprintf("%s,%s,%s,%.15g", method, quantity, names, values))

set.seed(20164)
n <- 130; treat <- as.numeric(seq_len(n) <= 40)
x <- cbind(x1 = rnorm(n, 0.4 * treat), x2 = rnorm(n, -0.2 * treat), x3 = as.numeric(runif(n) < 0.35 + 0.15 * treat))
points <- round(50 + 6 * x[, 1] + 8 * x[, 2] + 5 * x[, 3] - 10 * treat + 4 * treat * x[, 1] + rnorm(n, 0, 10), 3)
yes <- as.numeric(runif(n) < plogis(-0.3 + 0.5 * x[, 1] + 0.6 * treat))
fit <- glm(treat ~ x, family = binomial, control = list(epsilon = 1e-14, maxit = 100))
logit <- predict(fit); row <- seq_len(n) - 1
put("data", "treat", row, treat); for (name in colnames(x)) put("data", name, row, x[, name])
put("data", "points", row, points); put("data", "yes", row, yes); put("data", "logit", row, logit)

for (outcome in c("points", "yes")) for (m in 1:2) for (j in c(1, 2, 4)) {
  found <- Match(Y = get(outcome), Tr = treat, X = logit, estimand = "ATT", M = m, replace = TRUE, ties = TRUE,
                 Var.calc = j, Weight = 1, distance.tolerance = 1e-14)
  put(paste("Matching", m, j), paste("estimate", outcome), "", found$est[1])
  put(paste("Matching", m, j), paste("standard error", outcome), "", found$se[1])
}

e <- fitted(fit); f <- e * (1 - e); design <- cbind(1, x); information <- t(design) %*% (f * design)
for (outcome in c("points", "yes")) {
  y <- get(outcome); mean_at <- matrix(0, n, 2); cov_at <- array(0, c(n, 2, 4)); regression <- matrix(0, n, 2)
  for (k in 1:2) {
    cohort <- which(treat == 2 - k); cohort <- cohort[order(logit[cohort])]
    for (i in seq_len(n)) {
      first <- sum(logit[cohort] < logit[i]) - 2                            # two below it and two from it on, 0-based
      first <- min(max(first, 0), length(cohort) - 4); near <- cohort[first + 1:4]
      mean_at[i, k] <- mean(y[near]); cov_at[i, k, ] <- cov(design[near, ], y[near])
    }
    regression[, k] <- design %*% lm.fit(design[cohort, ], y[cohort])$coefficients
  }
  effect <- mean((mean_at[, 1] - mean_at[, 2])[treat == 1])
  c_ <- g <- numeric(4)
  slope <- mean((regression[, 1] - regression[, 2])[treat == 1])
  for (i in seq_len(n)) {
    c_ <- c_ + f[i] * (design[i, ] * (mean_at[i, 1] - mean_at[i, 2] - effect) + cov_at[i, 1, ] +
                       e[i] / (1 - e[i]) * cov_at[i, 2, ]) / 40
    g <- g + f[i] * design[i, ] * (regression[i, 1] - regression[i, 2] - slope) / 40
  }
  put("theorem 2", paste("taken away", outcome), "", t(c_) %*% solve(information, c_))
  put("theorem 2", paste("added", outcome), "", t(g) %*% solve(information, g))
}
writeLines(lines, "matching_replacement.csv")
