# Seconds of rbmi on the scores of imputation.py: Rscript imputation.R FOLDER. Prints "task,seconds" lines.
suppressMessages({library(rbmi)})
wide <- as.matrix(read.csv(file.path(commandArgs(TRUE)[1], "scores.csv"), header = FALSE))
n <- nrow(wide); m <- ncol(wide) - 2
d <- data.frame(id = factor(rep(1:n, each = m)), arm = factor(rep(wide[, 1], each = m)), base = rep(wide[, 2], each = m),
                visit = factor(rep(1:m, n)), score = c(t(wide[, -(1:2)])))
lost <- d[is.na(d$score), ]
ice <- data.frame(id = lost$id, visit = lost$visit, strategy = "JR")[!duplicated(lost$id), ]
vars <- set_vars(outcome = "score", visit = "visit", subjid = "id", group = "arm", covariates = c("base*visit", "arm*visit"))
simple <- vars; simple$covariates <- "base"
whole <- function(method) {
  drawn <- draws(d, ice, vars, method, quiet = TRUE)
  done <- impute(drawn, references = c("0" = "0", "1" = "0"))
  pool(analyse(done, vars = simple))
  done
}
taken <- system.time(done <- whole(method_approxbayes(n_samples = 100)))["elapsed"]
cat(sprintf("approximate Bayes,%.3f\n", taken))
cat(sprintf("jackknife,%.3f\n", system.time(whole(method_condmean(type = "jackknife")))["elapsed"]))
template <- delta_template(done)
cell <- system.time({ template$delta <- ifelse(template$is_missing, 1, 0); pool(analyse(done, vars = simple, delta = template)) })["elapsed"]
cat(sprintf("grid,%.3f\n", taken + 441 * cell))
