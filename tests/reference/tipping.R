# Every cell of the tipping grid of the Boulder trial, therapy against usual care at one month (Ashar et al. 2022, JAMA
# Psychiatry 79:13-23: 33 of 50 and 5 of 50 pain free or nearly so, with 6 and 3 of them not seen and counted as not):
# the Miettinen-Nurminen lower limit of 33 + a against 5 + b of 50, from first principles and without a closed form.
# Writes tipping.csv. Run: Rscript tipping.R   (from this folder)

score <- function(t, x1, n1, x0, n0) {
  xlog <- function(x, p) ifelse(x == 0, 0, x * log(p))
  loglik <- function(p0) xlog(x1, p0 + t) + xlog(n1 - x1, 1 - p0 - t) + xlog(x0, p0) + xlog(n0 - x0, 1 - p0)
  p0 <- optimize(loglik, c(max(0, -t), min(1, 1 - t)), maximum = TRUE, tol = 1e-13)$maximum
  p1 <- p0 + t
  variance <- (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) * (n1 + n0) / (n1 + n0 - 1)
  (x1 / n1 - x0 / n0 - t) / sqrt(variance)
}
z <- qnorm(0.975)
cells <- expand.grid(control = 0:3, treated = 0:6)
cells$lower <- mapply(function(a, b) {
  root <- uniroot(function(t) score(t, 33 + a, 50, 5 + b, 50) - z, c(-0.99, 0.99), tol = 1e-12)$root
  sprintf("%.10g", root)
}, cells$treated, cells$control)
out <- file("tipping.csv", "w")
writeLines(paste("#", R.version.string), out)
write.csv(cells[, c("treated", "control", "lower")], out, row.names = FALSE, quote = FALSE)
close(out)
