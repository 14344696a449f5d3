# Matching arms as a benchmark pools them: R's metafor on the logit, three estimators of the spread, each arm left out in
# turn, the Q-profile, and Egger's line. Writes matching_arms.csv.
#   pooled   rma(measure = "PLO", method, test = "adhoc", add = 1/2, to = "only0")
#   without  the same without arm i
#   egger    regtest(model = "lm", predictor = "sei")
# Run: Rscript matching_arms.R   (from this folder)

suppressMessages(library(metafor))

sets <- list(
  "far apart" = list(c(4, 17, 9, 40), c(48, 52, 31, 60)),
  "one without responders" = list(c(0, 7, 12, 5, 9), c(20, 25, 30, 22, 41))
)
methods <- c(REML = "REML", "Paule-Mandel" = "PM", "DerSimonian-Laird" = "DL")
number <- function(x) format(x, digits = 12, trim = TRUE)
fit <- function(x, n, method) {
  rma(xi = x, ni = n, measure = "PLO", method = method, test = "adhoc", add = 1/2, to = "only0",
      control = list(threshold = 1e-12, tol = 1e-12, maxiter = 10000))
}

out <- c(
  paste0("# ", R.version.string, "; metafor ", packageVersion("metafor")),
  "set,method,what,responders,n,mu,lower,upper,tau,tau_lower,tau_upper,i_squared,q,q_p"
)
for (name in names(sets)) {
  x <- sets[[name]][[1]]; n <- sets[[name]][[2]]
  row <- function(method, what, values) {
    out <<- c(out, paste(c(name, method, what, paste(x, collapse = " "), paste(n, collapse = " "), values), collapse = ","))
  }
  for (label in names(methods)) {
    all <- fit(x, n, methods[[label]])
    profile <- as.data.frame(confint(all))
    row(label, "pooled", c(number(c(all$b, all$ci.lb, all$ci.ub, sqrt(all$tau2), unlist(profile["tau", c("ci.lb", "ci.ub")]))), number(all$I2 / 100), number(c(all$QE, all$QEp))))
    for (i in seq_along(x)) {
      one <- fit(x[-i], n[-i], methods[[label]])
      row(label, paste("without", i), c(number(c(one$b, one$ci.lb, one$ci.ub, sqrt(one$tau2))), rep("", 5)))
    }
  }
  egger <- regtest(fit(x, n, "REML"), model = "lm", predictor = "sei")
  row("egger", "line", c(number(unname(coef(egger$fit)[c(1, 2)])), rep("", 6), number(egger$pval)))
}
writeLines(out, "matching_arms.csv")
