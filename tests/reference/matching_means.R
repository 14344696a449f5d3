# Matching means as a benchmark pools them: R's metafor on raw means with variance sd^2 / n, three estimators of the spread,
# its prediction interval with k - 1 degrees of freedom, and Student's limits of each mean. Writes matching_means.csv.
#   pooled   rma(measure = "MN", method, test = "adhoc"; test = "z" for two means)
#   arm i    mean -+ qt(0.975, n - 1) sd / sqrt(n)
# Run: Rscript matching_means.R   (from this folder)

suppressMessages(library(metafor))

sets <- list(
  "far apart" = list(c(3.1, 5.4, 4.2, 6.6), c(1.9, 2.3, 2.6, 1.2), c(24, 61, 18, 40)),
  "alike" = list(c(4.0, 4.1, 3.9), c(2.0, 2.2, 1.8), c(50, 40, 60)),
  "two" = list(c(3.0, 4.5), c(2.0, 2.5), c(30, 45))
)
methods <- c(REML = "REML", "Paule-Mandel" = "PM", "DerSimonian-Laird" = "DL")
number <- function(x) format(x, digits = 12, trim = TRUE)

out <- c(
  paste0("# ", R.version.string, "; metafor ", packageVersion("metafor")),
  "set,method,what,means,sds,n,estimate,lower,upper,tau,tau_lower,tau_upper,i_squared,q,q_p,prediction_lower,prediction_upper"
)
for (name in names(sets)) {
  m <- sets[[name]][[1]]; s <- sets[[name]][[2]]; n <- sets[[name]][[3]]
  row <- function(method, what, values) {
    given <- c(paste(m, collapse = " "), paste(s, collapse = " "), paste(n, collapse = " "))
    out <<- c(out, paste(c(name, method, what, given, values, rep("", 11 - length(values))), collapse = ","))
  }
  for (label in names(methods)) {
    fit <- rma(mi = m, sdi = s, ni = n, measure = "MN", method = methods[[label]],
               test = if (length(m) > 2) "adhoc" else "z", control = list(threshold = 1e-12, tol = 1e-12, maxiter = 10000))
    profile <- as.data.frame(confint(fit, control = list(tau2.max = 1e6)))
    values <- c(number(c(fit$b, fit$ci.lb, fit$ci.ub, sqrt(fit$tau2), unlist(profile["tau", c("ci.lb", "ci.ub")]))),
                number(fit$I2 / 100), number(c(fit$QE, fit$QEp)))
    if (length(m) > 2) {
      half <- qt(0.975, length(m) - 1) * sqrt(fit$tau2 + fit$se^2)
      values <- c(values, number(c(fit$b - half, fit$b + half)))
    }
    row(label, "pooled", values)
  }
  for (i in seq_along(m)) {
    half <- qt(0.975, n[i] - 1) * s[i] / sqrt(n[i])
    row("", paste("arm", i), number(c(m[i], m[i] - half, m[i] + half)))
  }
}
writeLines(out, "matching_means.csv")
