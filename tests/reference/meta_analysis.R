# Random effects for effects with standard errors: R's metafor. Writes meta_analysis.csv.
#   rma(method = "REML", "PM" or "DL", test = "z", "knha" or "adhoc"), confint() by Q-profile, predict(pi.type = "Riley"
#   for k - 2 is not used: with test = "knha" the prediction interval has k - 1 degrees of freedom), leave1out, regtest
# Run: Rscript meta_analysis.R   (from this folder)

suppressMessages(library(metafor))

bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
los <- dat.normand1999
los <- escalc(measure = "MD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = los)
sets <- list(
  "bcg log risk ratio" = list(y = as.numeric(bcg$yi), v = bcg$vi),
  "length of stay" = list(y = as.numeric(los$yi), v = los$vi),
  "no spread" = list(y = c(0.1, 0.12, 0.05, 0.2, 0.09), v = c(0.04, 0.03, 0.06, 0.05, 0.02)),
  "three studies" = list(y = c(-0.4, 0.1, 0.9), v = c(0.02, 0.04, 0.3)),
  "two studies" = list(y = c(-0.3, 0.8), v = c(0.04, 0.09)),
  "one huge and four small" = list(y = c(0.02, 1.4, -0.9, 0.7, 2.1), v = c(1e-4, 0.8, 0.6, 0.9, 1.2))
)

rows <- list()
digits <- function(x) sprintf("%.12g", x)
join <- function(x) paste(digits(x), collapse = " ")
for (set in names(sets)) {
  y <- sets[[set]]$y; v <- sets[[set]]$v; k <- length(y)
  for (method in c("REML", "PM", "DL")) {
    tau_limits <- NULL
    for (test in c("z", if (k > 2) c("knha", "adhoc"))) {
      fit <- rma(y, v, method = method, test = test, control = list(threshold = 1e-11, tol = 1e-12, maxiter = 20000, stepadj = 0.5))
      ahead <- predict(fit)
      limits <- confint(fit, control = list(tol = 1e-12, tau2.max = 1e5))$random
      alone <- if (k > 2) leave1out(fit) else NULL
      rows[[length(rows) + 1]] <- data.frame(
        set, method, test, effect = join(y), variance = join(v), mu = digits(fit$b[1]), standard_error = digits(fit$se),
        lower = digits(fit$ci.lb), upper = digits(fit$ci.ub), tau2 = digits(fit$tau2), i2 = digits(fit$I2 / 100),
        q = digits(fit$QE), q_p = digits(fit$QEp), prediction_lower = digits(ahead$pi.lb),
        prediction_upper = digits(ahead$pi.ub), tau2_lower = digits(limits[1, 2]), tau2_upper = digits(limits[1, 3]),
        without_mu = if (is.null(alone)) "" else join(alone$estimate),
        without_tau2 = if (is.null(alone)) "" else join(alone$tau2)
      )
    }
  }
}
egger <- regtest(as.numeric(bcg$yi), bcg$vi, model = "lm")$fit
writeLines(sprintf("# %s; metafor %s; Egger for bcg log risk ratio: %s", R.version.string, packageVersion("metafor"),
  join(coef(summary(egger))[2, ])), "meta_analysis.csv")
suppressWarnings(write.table(do.call(rbind, rows), "meta_analysis.csv", sep = ",", row.names = FALSE, quote = FALSE, append = TRUE))
