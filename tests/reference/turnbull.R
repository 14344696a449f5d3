# Turnbull's estimate by R's survival, of the breast cosmesis intervals (months) of Finkelstein and Wolfe (1985),
# Biometrics 41:933-945, and of exact and right-censored times (Kaplan-Meier).
#   Rscript tests/reference/turnbull.R > tests/reference/turnbull.csv
suppressPackageStartupMessages(library(survival))
cat(sprintf("# %s; survival %s\n", R.version.string, packageVersion("survival")))
cat("cases,day,survival\n")
cosmesis <- read.csv("tests/reference/turnbull_cosmesis.csv", comment.char = "#")
for (arm in unique(cosmesis$arm)) {
  cases <- cosmesis[cosmesis$arm == arm, ]
  upper <- ifelse(is.na(cases$upper), NA, cases$upper)
  lower <- ifelse(cases$lower == 0, NA, cases$lower)
  fit <- survfit(Surv(lower, upper, type = "interval2") ~ 1)
  # survfit sets a step in the middle of an interval: read it on days that are the end of none
  for (day in c(5.5, 6.5, 9, 12, 14.5, 16, 17, 20, 22, 25, 28, 32, 35, 37, 41, 45))
    cat(sprintf("%s,%.17g,%.10g\n", arm, day, summary(fit, times = day)$surv), sep = "")
}
