# Priors from earlier studies, from first principles: base R, dense sums, nothing of Equipoise's method. Writes borrowing.csv.
#   map rate     theta_i ~ N(mu, tau^2) on the logit, mu ~ N(0, 2^2), tau ~ half-normal: each arm's likelihood by a dense
#                sum over theta, then sums over a grid of (mu, tau), then the predicted rate
#   map mean     the same for means with standard errors, all integrals over theta in closed form
#   power        normalised power prior of a rate: integrate() over the power, posterior after new counts
#   commensurate logit p ~ N(logit p0, s^2), s ~ half-normal(scale): dense sums over p0 and s
# Run: Rscript borrowing.R   (from this folder)

rows <- list()
add <- function(what, name, value) rows[[length(rows) + 1]] <<- data.frame(what, name, value = sprintf("%.10g", value))

map_rate <- function(r, n, scale, what) {
  theta <- seq(-30, 14, by = 0.04)
  lik <- sapply(seq_along(r), function(i) { l <- r[i] * theta - n[i] * log1p(exp(theta)); exp(l - max(l)) })
  mu <- seq(-12, 6, by = 0.04)
  tau <- seq(0.01, 6 * scale, by = 0.02)
  moments <- c(0, 0, 0, 0, 0)
  for (t in tau) {
    if (t < 0.06) {
      # narrower than the grid: Gauss-like sum over 81 points about mu
      z <- seq(-8, 8, by = 0.2); w <- dnorm(z) / sum(dnorm(z))
      like <- sapply(seq_along(r), function(i) {
        at <- outer(mu, t * z, "+"); l <- r[i] * at - n[i] * log1p(exp(at))
        best <- r[i] * qlogis((r[i] + 0.5) / (n[i] + 1)) - n[i] * log1p(exp(qlogis((r[i] + 0.5) / (n[i] + 1))))
        exp(l - best) %*% w
      })
      scaled <- sapply(seq_along(r), function(i) {
        l <- r[i] * theta - n[i] * log1p(exp(theta))
        best <- r[i] * qlogis((r[i] + 0.5) / (n[i] + 1)) - n[i] * log1p(exp(qlogis((r[i] + 0.5) / (n[i] + 1))))
        exp(best - max(l))
      })
      like <- sweep(like, 2, scaled, "*")
    } else {
      kernel <- dnorm(outer(mu, theta, "-") / t); kernel <- kernel / t * 0.04
      like <- kernel %*% lik
    }
    weight <- apply(like, 1, prod) * dnorm(mu, 0, 2) * dnorm(t / scale)
    z <- seq(-8, 8, by = 0.1); w <- dnorm(z) / sum(dnorm(z))
    p <- plogis(outer(mu, t * z, "+"))
    moments <- moments + c(sum(weight), sum(weight * (p %*% w)), sum(weight * (p^2 %*% w)), sum(weight) * t, sum(weight) * t^2)
  }
  m <- moments / moments[1]
  add(what, "mean", m[2]); add(what, "sd", sqrt(m[3] - m[2]^2)); add(what, "tau mean", m[4]); add(what, "tau sd", sqrt(m[5] - m[4]^2))
}
r <- c(23, 12, 19, 9, 39, 6, 9, 10); n <- c(107, 44, 51, 39, 139, 20, 78, 35)
map_rate(r, n, 1, "map rate 1")
map_rate(r, n, 0.5, "map rate 0.5")
map_rate(c(0, 1), c(12, 20), 1, "map rate zero")

y <- c(-51, -49, -36, -47, -90, -54); s <- 88 / sqrt(c(74, 166, 328, 20, 25, 58))
mu <- seq(-250, 150, by = 0.1); tau <- seq(0.05, 300, by = 0.1)
weight <- sapply(tau, function(t) {
  l <- dnorm(mu, 0, 88, log = TRUE) + dnorm(t, 0, 44, log = TRUE)
  for (i in seq_along(y)) l <- l + dnorm(y[i], mu, sqrt(s[i]^2 + t^2), log = TRUE)
  exp(l + 30)
})
weight <- weight / sum(weight)
m <- sum(weight * mu)
add("map mean", "mean", m)
add("map mean", "sd", sqrt(sum(weight * (mu - m)^2) + sum(colSums(weight) * tau^2)))
add("map mean", "tau mean", sum(colSums(weight) * tau))
add("map mean", "tau sd", sqrt(sum(colSums(weight) * tau^2) - sum(colSums(weight) * tau)^2))
below <- function(x) sum(weight * pnorm(outer(mu, tau, function(a, b) (x - a) / b)))
for (p in c(0.025, 0.5, 0.975)) add("map mean", paste("quantile", p), uniroot(function(x) below(x) - p, c(-200, 100), tol = 1e-6)$root)

power <- function(y0, n0, y, n) {
  f <- function(d) exp(lbeta(1 + d * y0 + y, 1 + d * (n0 - y0) + n - y) - lbeta(1 + d * y0, 1 + d * (n0 - y0)))
  whole <- integrate(f, 0, 1, rel.tol = 1e-11)$value
  what <- paste("power", y0, n0, y, n)
  add(what, "power", integrate(function(d) d * f(d), 0, 1, rel.tol = 1e-11)$value / whole)
  add(what, "mean", integrate(function(d) f(d) * (1 + d * y0 + y) / (2 + d * n0 + n), 0, 1, rel.tol = 1e-11)$value / whole)
}
power(20, 100, 4, 20)
power(20, 100, 12, 20)
power(0, 30, 3, 10)

commensurate <- function(x, n, scale) {
  a <- 1 + x; b <- 1 + n - x
  t <- seq(-25, 25, by = 0.01); f <- exp(a * plogis(t, log.p = TRUE) + b * plogis(-t, log.p = TRUE)); f <- f / sum(f)
  z <- seq(-8, 8, by = 0.1); w <- dnorm(z) / sum(dnorm(z))
  s <- seq(0.01, 6 * scale, by = 0.02); g <- dnorm(s / scale); g <- g / sum(g)
  one <- two <- 0
  for (j in seq_along(s)) {
    p <- plogis(outer(t, s[j] * z, "+"))
    one <- one + g[j] * sum(f * (p %*% w)); two <- two + g[j] * sum(f * (p^2 %*% w))
  }
  what <- paste("commensurate", x, n, scale)
  add(what, "mean", one); add(what, "sd", sqrt(two - one^2))
}
commensurate(10, 40, 0.5)
commensurate(0, 15, 1)

writeLines(sprintf("# %s", R.version.string), "borrowing.csv")
suppressWarnings(write.table(do.call(rbind, rows), "borrowing.csv", sep = ",", row.names = FALSE, quote = FALSE, append = TRUE))
