# Contrasts of two binomial arms from first principles, without a closed form: the rates restricted to a contrast by
# optimize() on the likelihood, score limits by uniroot(), exact unconditional limits by going through every table on
# dense grids of the control rate and of the contrast (the smallest and the largest contrast not rejected).
# Writes difference.csv. Run: Rscript difference.R   (from this folder)

version <- paste("#", R.version.string)

treated_rate <- function(measure, p0, t) switch(measure,
  "risk difference" = p0 + t, "risk ratio" = p0 * exp(t), "odds ratio" = plogis(qlogis(p0) + t))
domain <- function(measure, t) switch(measure,
  "risk difference" = c(max(0, -t), min(1, 1 - t)), "risk ratio" = c(0, min(1, exp(-t))), "odds ratio" = c(0, 1))

xlog <- function(x, p) ifelse(x == 0, 0, x * log(p))
score <- function(measure, t, x1, n1, x0, n0) {
  loglik <- function(p0) {
    p1 <- treated_rate(measure, p0, t)
    xlog(x1, p1) + xlog(n1 - x1, 1 - p1) + xlog(x0, p0) + xlog(n0 - x0, 1 - p0)
  }
  d <- domain(measure, t)
  inside <- if (d[2] - d[1] < 1e-12) d[1] else optimize(loglik, d, maximum = TRUE, tol = 1e-13)$maximum
  if (measure == "odds ratio") inside <- plogis(optimize(function(a) loglik(plogis(a)), c(-40, 40), maximum = TRUE, tol = 1e-13)$maximum)
  ends <- c(d[1], inside, d[2])
  value <- sapply(ends, loglik)
  p0 <- ends[which.max(ifelse(is.nan(value), -Inf, value))]
  p1 <- treated_rate(measure, p0, t)
  v1 <- p1 * (1 - p1); v0 <- p0 * (1 - p0); s <- (n1 + n0) / (n1 + n0 - 1)
  gap <- switch(measure, "risk difference" = x1 / n1 - x0 / n0 - t, "risk ratio" = x1 / n1 - exp(t) * x0 / n0,
                "odds ratio" = x1 - n1 * p1)
  variance <- switch(measure, "risk difference" = v1 / n1 + v0 / n0, "risk ratio" = v1 / n1 + exp(2 * t) * v0 / n0,
                     "odds ratio" = 1 / (1 / (n1 * v1) + 1 / (n0 * v0)))
  if (abs(gap) < 1e-9 && variance < 1e-9) return(0)
  gap / sqrt(variance * s)
}

rows <- list()
put <- function(method, measure, level, arms, limits) rows[[length(rows) + 1]] <<- data.frame(
  method = method, measure = measure, level = level, responders = arms[1], n = arms[2], control_responders = arms[3],
  control_n = arms[4], lower = sprintf("%.10g", limits[1]), upper = sprintf("%.10g", limits[2]))
back <- function(measure, t) if (measure == "risk difference") t else exp(t)

no_lower <- function(measure, a) measure != "risk difference" && (a[1] == 0 || (measure == "odds ratio" && a[3] == a[4]))
no_upper <- function(measure, a) measure != "risk difference" && (a[3] == 0 || (measure == "odds ratio" && a[1] == a[2]))

arms <- rbind(c(33, 50, 10, 51), c(8, 12, 3, 12), c(10, 12, 8, 11), c(1, 24, 2, 20), c(5, 50, 10, 51), c(0, 12, 3, 12),
              c(12, 12, 9, 12), c(40, 400, 60, 380), c(2, 3, 1, 4))
for (i in seq_len(nrow(arms))) for (measure in c("risk difference", "risk ratio", "odds ratio")) for (level in c(0.9, 0.95)) {
  a <- arms[i, ]; z <- qnorm((1 + level) / 2)
  far <- if (measure == "risk difference") 1 - 1e-9 else 12
  solve <- function(at) uniroot(function(t) score(measure, t, a[1], a[2], a[3], a[4]) - at, c(-far, far), tol = 1e-12)$root
  put("miettinen-nurminen", measure, level, a, c(
    if (no_lower(measure, a)) 0 else back(measure, solve(z)), if (no_upper(measure, a)) Inf else back(measure, solve(-z))))
}

worst <- function(measure, t, extreme, n1, n0) {
  d <- domain(measure, t)
  p0 <- if (measure == "odds ratio") plogis(seq(-14, 14, length.out = 3000) - t / 2) else seq(d[1], d[2], length.out = 3000)
  p1 <- pmin(pmax(treated_rate(measure, p0, t), 0), 1)
  f1 <- sapply(0:n1, function(k) dbinom(k, n1, p1)); f0 <- sapply(0:n0, function(k) dbinom(k, n0, p0))
  max(rowSums((f1 %*% extreme) * f0))
}
kept <- function(measure, t, a, side) {
  z <- outer(0:a[2], 0:a[4], Vectorize(function(i, j) score(measure, t, i, a[2], j, a[4])))
  seen <- z[a[1] + 1, a[3] + 1]; tie <- 1e-6 * (1 + min(abs(seen), 1e6))
  if (side == "above") worst(measure, t, z >= seen - tie, a[2], a[4]) > 0.025
  else if (side == "below") worst(measure, t, z <= seen + tie, a[2], a[4]) > 0.025
  else worst(measure, t, abs(z) >= abs(seen) - tie, a[2], a[4]) > 0.05
}
first_kept <- function(measure, a, side, from, to) { # from outside inwards, three grids each finer than the last
  for (step in c(40, 50, 50)) {
    at <- seq(from, to, length.out = step + 1)
    k <- 1
    while (!kept(measure, at[k], a, side)) k <- k + 1
    if (k == 1) return(at[1])
    from <- at[k - 1]; to <- at[k]
  }
  (from + to) / 2
}
small <- rbind(c(8, 12, 3, 12), c(3, 7, 1, 9), c(5, 6, 1, 5), c(0, 6, 4, 8), c(6, 6, 0, 7))
for (i in seq_len(nrow(small))) for (measure in c("risk difference", "risk ratio", "odds ratio")) for (method in c("chan-zhang", "agresti-min")) {
  a <- small[i, ]
  estimate <- switch(measure, "risk difference" = a[1] / a[2] - a[3] / a[4], "risk ratio" = log(a[1] / a[2]) - log(a[3] / a[4]),
                     "odds ratio" = qlogis(a[1] / a[2]) - qlogis(a[3] / a[4]))
  far <- if (measure == "risk difference") 1 else 8
  side <- if (method == "chan-zhang") c("above", "below") else c("both", "both")
  put(method, measure, 0.95, a, c(
    if (no_lower(measure, a)) 0 else back(measure, first_kept(measure, a, side[1], -far, min(estimate, far))),
    if (no_upper(measure, a)) Inf else back(measure, first_kept(measure, a, side[2], far, max(estimate, -far)))))
}
writeLines(version, "difference.csv")
suppressWarnings(write.table(do.call(rbind, rows), "difference.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
