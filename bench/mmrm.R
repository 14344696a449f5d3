# Times R on the scores bench/mmrm.py wrote.
#   Rscript bench/mmrm.R FOLDER
# FOLDER holds scores.csv. One line a tool on standard output: name, seconds of one run, and of the difference
# at the last visit the estimate, its standard error and its degrees of freedom.
d <- read.csv(file.path(commandArgs(trailingOnly = TRUE)[1], "scores.csv"))
d$case <- factor(d$case); d$v <- factor(d$visit)
timed <- function(name, run) {
  seconds <- system.time(found <- run())[["elapsed"]]
  cat(sprintf("%s,%.4f,%.5f,%.5f,%s\n", name, seconds, found[1], found[2],
              if (is.na(found[3])) "" else sprintf("%.2f", found[3])))
}
last <- function(coefficients) { row <- 0 * coefficients; row[c("arm", paste0("v", max(d$visit), ":arm"))] <- 1; row }

library(nlme)
timed(paste("R nlme", packageVersion("nlme"), "fit alone"), function() {
  fit <- gls(score ~ baseline + v * arm, d, correlation = corSymm(form = ~ visit + 1 | case),
             weights = varIdent(form = ~ 1 | v), control = glsControl(maxIter = 200, msMaxIter = 200))
  row <- last(coef(fit))
  c(sum(row * coef(fit)), sqrt(drop(row %*% vcov(fit) %*% row)), NA)
})
if (requireNamespace("mmrm", quietly = TRUE)) for (method in c("Kenward-Roger", "Satterthwaite")) {
  timed(paste("R mmrm", packageVersion("mmrm"), method), function() {
    fit <- mmrm::mmrm(score ~ baseline + v * arm + us(v | case), d, method = method)
    found <- mmrm::df_1d(fit, last(coef(fit)))
    c(found$est, found$se, found$df)
  })
}
