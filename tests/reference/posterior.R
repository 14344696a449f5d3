# P(p_T - p_new > margin) on one plain dense grid, written from the definition alone. Writes posterior.csv.
#   y_i ~ Bin(n_i, expit(theta_i)), theta_i ~ N(mu, tau^2), mu ~ N(0, 2^2), tau ~ half-normal(1); logit p_new ~ N(mu, tau^2)
#   Jeffreys   p_T ~ Beta(x + 1/2, n - x + 1/2)
#   sceptical  logit p_T = logit p_new + delta, delta ~ N(0, (log 2 / 1.645)^2), likelihood Bin(x | n, p_T)
# The predictive density and distribution of logit p_new are tabulated on a lattice of step 0.02; sums are plain.
# Run: Rscript posterior.R   (from this folder; a minute or two)

grid <- 0.02
lattice <- seq(-16, 16, by = grid)
tau <- seq(0.02, 6, by = 0.04)
z <- seq(-7, 7, by = 0.1)
log1pexp <- function(x) pmax(x, 0) + log1p(exp(-abs(x)))

predictive <- function(y, m) {
  size <- length(lattice)
  density <- below <- numeric(size)
  total <- 0
  apart <- seq(-size, size) * grid
  for (t in tau) {
    theta <- outer(lattice, t * z, "+")
    soft <- log1pexp(theta)
    weight <- exp(-z^2 / 2) * 0.1 / sqrt(2 * pi)
    log_post <- -lattice^2 / 8 - t^2 / 2
    for (i in seq_along(y)) log_post <- log_post + lchoose(m[i], y[i]) + log(exp(y[i] * theta - m[i] * soft) %*% weight)[, 1]
    post <- exp(log_post)
    # t is never below the step of the lattice, so the sum over the lattice is as good as the integral
    smear <- function(kernel) convolve(post, rev(kernel), type = "open")[size + seq_len(size)]
    density <- density + smear(dnorm(apart / t) / t)
    below <- below + smear(pnorm(apart / t))
    total <- total + sum(post)
  }
  list(density = density / sum(density), below = splinefun(lattice, below / total))
}
jeffreys <- function(x, n, margin, f) {
  u <- (seq_len(200000) - 0.5) / 200000
  p <- qbeta(u, x + 0.5, n - x + 0.5) - margin
  at <- qlogis(pmax(p, 1e-300))
  mean(ifelse(at <= -16, 0, ifelse(at >= 16, 1, f$below(pmin(pmax(at, -16), 16)))))
}
sceptical <- function(x, n, margin, predicted) {
  f <- predicted$density
  s <- log(2) / 1.645
  part <- t(sapply(which(f > 1e-14), function(i) {
    theta <- lattice[i]
    least <- plogis(theta) + margin
    d <- seq(-8 * s, 8 * s, length.out = 4001)
    step <- d[2] - d[1]
    seen <- exp(x * (theta + d) - n * log1pexp(theta + d)) * dnorm(d, 0, s) * step
    above <- if (least >= 1) 0 else {
      from <- qlogis(least) - theta
      if (from > 8 * s) 0 else {
        h <- (8 * s - from) / 2000
        e <- from + (seq_len(2000) - 0.5) * h
        sum(exp(x * (theta + e) - n * log1pexp(theta + e)) * dnorm(e, 0, s) * h)
      }
    }
    c(above, sum(seen)) * f[i]
  }))
  sum(part[, 1]) / sum(part[, 2])
}

sets <- list(
  list(c(10), c(18)), list(c(10, 3), c(18, 20)), list(c(10, 6, 7, 8), c(18, 18, 20, 25)), list(c(0, 0, 1), c(20, 10, 15))
)
treated <- rbind(c(8, 12), c(10, 24), c(5, 5), c(0, 0))
rows <- list()
for (set in sets) {
  f <- predictive(set[[1]], set[[2]])
  for (i in seq_len(nrow(treated))) for (margin in c(0, 0.1)) for (prior in c("Jeffreys", "sceptical")) {
    of <- if (prior == "Jeffreys") jeffreys else sceptical
    rows[[length(rows) + 1]] <- data.frame(
      control_responders = paste(set[[1]], collapse = " "), control_n = paste(set[[2]], collapse = " "),
      responders = treated[i, 1], n = treated[i, 2], margin = margin, prior = prior,
      probability = sprintf("%.10g", of(treated[i, 1], treated[i, 2], margin, f)),
      mean_rate = sprintf("%.10g", sum(f$density * plogis(lattice)))
    )
  }
}
writeLines(paste("#", R.version.string), "posterior.csv")
suppressWarnings(write.table(do.call(rbind, rows), "posterior.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
