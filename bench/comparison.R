# Timed by bench/comparison.py: Rscript comparison.R <folder> <cases> <covariates>; prints step;seconds
folder <- commandArgs(TRUE)[1]; n <- as.integer(commandArgs(TRUE)[2]); k <- as.integer(commandArgs(TRUE)[3])
con <- file(file.path(folder, "cases.bin"), "rb")
cases <- as.data.frame(matrix(readBin(con, "double", n * (k + 2)), nrow = n, byrow = TRUE)); close(con)
names(cases) <- c("treat", "outcome", paste0("x", seq_len(k)))
form <- reformulate(names(cases)[-(1:2)], "treat")
timed <- function(name, f) {
  start <- proc.time()["elapsed"]; value <- f(); cat(name, ";", proc.time()["elapsed"] - start, "\n", sep = ""); invisible(value)
}
fit <- timed("propensity", function() glm(form, binomial, cases))
if (requireNamespace("survey", quietly = TRUE)) {
  suppressMessages(library(survey))
  e <- fitted(fit); cases$w <- ifelse(cases$treat == 1, 1 - e, e)
  timed("weighting, stacked sandwich", function() svyglm(outcome ~ treat, svydesign(~1, weights = ~w, data = cases)))
}
if (requireNamespace("MatchIt", quietly = TRUE) && n <= 20000) {
  suppressMessages(library(MatchIt))
  logit <- as.numeric(predict(fit))
  timed("matching 1:1", function() matchit(form, cases, method = "nearest", distance = logit, caliper = 0.2))
  timed("matching 1:1, replacement", function() matchit(form, cases, method = "nearest", distance = logit, caliper = 0.2, replace = TRUE))
}
