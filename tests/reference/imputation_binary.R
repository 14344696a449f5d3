# 240 cases of two groups, three visits of yes/no, a quarter lost on the way, more of them non-responders: missing at
# random. mice imputes by logistic regression on the group and the other visits (100 imputations); the rates by group and
# visit are pooled. Another model with another prior: it is to agree within a fraction of the standard error.
# Writes imputation_binary.csv. Run: Rscript imputation_binary.R   (from this folder)
suppressMessages(library(mice))
version <- paste0("# ", R.version.string, "; mice ", packageVersion("mice"))
set.seed(2013)
n <- 240
group <- rep(0:1, n / 2)
case <- rnorm(n)
y <- sapply(1:3, function(j) as.integer(0.2 + 0.5 * group - 0.15 * j + case + rnorm(n) > 0))
for (j in 2:3) {
  lost <- is.na(y[, j - 1]) | runif(n) < ifelse(y[, j - 1] == 1, 0.1, 0.35)
  y[lost, j] <- NA
}
data <- data.frame(group = factor(group), y1 = factor(y[, 1]), y2 = factor(y[, 2]), y3 = factor(y[, 3]))
imputed <- mice(data, m = 100, maxit = 20, method = "logreg", seed = 7, printFlag = FALSE)
rows <- list()
for (i in seq_len(n)) rows[[i]] <- data.frame(kind = "case", group = group[i],
  y1 = y[i, 1], y2 = ifelse(is.na(y[i, 2]), -1, y[i, 2]), y3 = ifelse(is.na(y[i, 3]), -1, y[i, 3]), error = "")
for (g in 0:1) {
  at <- sapply(1:3, function(j) {
    rates <- sapply(seq_len(100), function(b) mean(complete(imputed, b)[group == g, j + 1] == "1"))
    pooled <- pool.scalar(rates, rates * (1 - rates) / sum(group == g), n = sum(group == g), k = 1)
    c(pooled$qbar, sqrt(pooled$t))
  })
  rows[[length(rows) + 1]] <- data.frame(kind = "rate", group = g, y1 = sprintf("%.6f", at[1, 1]),
    y2 = sprintf("%.6f", at[1, 2]), y3 = sprintf("%.6f", at[1, 3]), error = sprintf("%.6f", max(at[2, ])))
}
writeLines(version, "imputation_binary.csv")
suppressWarnings(write.table(do.call(rbind, rows), "imputation_binary.csv", append = TRUE, sep = ",",
  row.names = FALSE, quote = FALSE))
