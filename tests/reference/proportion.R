# Interval estimates of one proportion from first principles (uniroot on binomial tails, qbeta) and from base R, and
# enumerated coverage on a grid of rates. Writes proportion.csv and proportion_coverage.csv.
# Run: Rscript proportion.R   (from this folder)

version <- paste("#", R.version.string)

exact <- function(x, n, level) as.numeric(binom.test(x, n, conf.level = level)$conf.int)
score <- function(x, n, level) as.numeric(suppressWarnings(prop.test(x, n, conf.level = level, correct = FALSE))$conf.int)
jeffreys <- function(x, n, level) {
  a <- (1 - level) / 2
  c(if (x == 0) 0 else qbeta(a, x + 0.5, n - x + 0.5), if (x == n) 1 else qbeta(1 - a, x + 0.5, n - x + 0.5))
}
mid_p <- function(x, n, level) {
  a <- (1 - level) / 2
  lower <- function(p) pbinom(x, n, p, lower.tail = FALSE) + dbinom(x, n, p) / 2 - a
  upper <- function(p) pbinom(x, n, p) - dbinom(x, n, p) / 2 - a
  solve <- function(f) uniroot(f, c(0, 1), tol = 1e-14, maxiter = 10000)$root
  c(if (x == 0) 0 else solve(lower), if (x == n) 1 else solve(upper))
}
methods <- list("clopper-pearson" = exact, wilson = score, jeffreys = jeffreys, "mid-p" = mid_p)

counts <- rbind(
  c(10, 12), c(8, 11), c(10, 24), c(8, 23), c(22, 24), c(0, 24), c(24, 24), c(33, 50), c(10, 51), c(5, 50),
  c(18, 45), c(6, 18), c(7, 18), c(10, 18), c(0, 1), c(1, 1), c(1, 2), c(1, 400), c(399, 400), c(137, 400)
)
rows <- list()
for (i in seq_len(nrow(counts))) for (level in c(0.9, 0.95, 0.99)) for (name in names(methods)) {
  limits <- methods[[name]](counts[i, 1], counts[i, 2], level)
  rows[[length(rows) + 1]] <- data.frame(
    method = name, level = level, responders = counts[i, 1], n = counts[i, 2],
    lower = sprintf("%.15g", limits[1]), upper = sprintf("%.15g", limits[2])
  )
}
for (x in c(0, 1, 3)) for (level in c(0.9, 0.95)) {
  upper <- binom.test(x, 24, alternative = "less", conf.level = level)$conf.int[2]
  rows[[length(rows) + 1]] <- data.frame(
    method = "one-sided", level = level, responders = x, n = 24, lower = "0", upper = sprintf("%.15g", upper)
  )
}
writeLines(version, "proportion.csv")
suppressWarnings(write.table(do.call(rbind, rows), "proportion.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))

rates <- seq(0.001, 0.999, by = 0.001)
coverage <- list()
for (n in c(10, 24, 100)) for (name in names(methods)) {
  limits <- sapply(0:n, function(x) methods[[name]](x, n, 0.95))
  covered <- sapply(rates, function(p) sum(dbinom(0:n, n, p)[limits[1, ] <= p & p <= limits[2, ]]))
  coverage[[length(coverage) + 1]] <- data.frame(
    method = name, n = n, minimum = sprintf("%.12g", min(covered)), mean = sprintf("%.12g", mean(covered))
  )
}
writeLines(version, "proportion_coverage.csv")
suppressWarnings(write.table(do.call(rbind, coverage), "proportion_coverage.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
