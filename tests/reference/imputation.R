# Imputation of scores: conditional means under each assumption, from first principles, and mice's pooling.
#   dense      the restricted likelihood written case by case, maximised by optim and Newton's method on differences;
#              each case's distribution written as group before, reference regression after (not as a joint covariance);
#              differences by lm; the jackknife by leaving out each case and doing all of it again
#   pool       mice::pool.scalar on estimates and variances written below
# Run: Rscript imputation.R   (from this folder). Long format: set, quantity, place, value.
suppressMessages({library(mice)})

draws <- function(seed, n) { # Park and Miller's generator, as in the test
  out <- numeric(n)
  for (i in seq_len(n)) { seed <- (16807 * seed) %% 2147483647; out[i] <- seed }
  out / 2147483647
}
n <- 40; m <- 3
arm <- (0:(n - 1)) %% 2
x <- 4 * draws(17, n) - 2
level <- 8 * draws(2013, n) - 4
noise <- matrix((draws(7, n * m) + draws(11, n * m) + draws(13, n * m) - 1.5), n, m, byrow = TRUE)
y <- outer(level, rep(1, m)) + outer(x, 1:m) - 1.5 * outer(arm, 1:m) + noise * outer(3 + 2 * arm, 1:m)^0.8
last <- ifelse(draws(99, n) < 0.35, 1 + (draws(101, n) < 0.5), m)
for (i in 1:n) if (last[i] < m) y[i, (last[i] + 1):m] <- NA
y[3, 1] <- NA; y[8, 2] <- NA   # seen later: at random
first <- ifelse(last < m, last + 1, m + 1)  # the first affected visit, counted from 1

# Parameters: coefficients by visit (arm 0, arm 1, x), and sigma (one, or one of each arm)
sigma_of <- function(theta) { L <- matrix(0, m, m); L[lower.tri(L, TRUE)] <- theta; diag(L) <- exp(diag(L)); L %*% t(L) }
row_of <- function(i, at) kronecker(diag(m)[at, , drop = FALSE], matrix(c(1 - arm[i], arm[i], x[i]), 1))
profile <- function(theta, who, by_arm) {
  S <- if (by_arm) list(sigma_of(theta[1:6]), sigma_of(theta[7:12])) else { s <- sigma_of(theta); list(s, s) }
  A <- matrix(0, 3 * m, 3 * m); b <- rep(0, 3 * m); q <- 0; ld <- 0
  for (i in who) {
    at <- which(!is.na(y[i, ])); if (!length(at)) next
    R <- chol(S[[arm[i] + 1]][at, at, drop = FALSE])
    Z <- backsolve(R, row_of(i, at), transpose = TRUE); e <- backsolve(R, y[i, at], transpose = TRUE)
    A <- A + crossprod(Z); b <- b + crossprod(Z, e); q <- q + sum(e^2); ld <- ld + 2 * sum(log(diag(R)))
  }
  beta <- solve(A, b)
  list(deviance = ld + q - sum(b * beta) + c(determinant(A)$modulus), beta = matrix(beta, 3, m), S = S)
}
gradient <- function(f, at) vapply(seq_along(at), function(h) { e <- 1e-3
  g <- function(s) { p <- at; p[h] <- p[h] + s; f(p) }
  (8 * (g(e) - g(-e)) - (g(2 * e) - g(-2 * e))) / (12 * e) }, 0)
fit <- function(who, by_arm, start) {
  f <- function(theta) tryCatch(profile(theta, who, by_arm)$deviance, error = function(e) 1e6) # too far: not definite
  theta <- optim(start, f, method = "BFGS", control = list(reltol = 1e-14, maxit = 500))$par
  for (turn in 1:4) {
    H <- sapply(seq_along(theta), function(h) { e <- replace(0 * theta, h, 1e-3); (gradient(f, theta + e) - gradient(f, theta - e)) / 2e-3 })
    theta <- theta - solve((H + t(H)) / 2, gradient(f, theta))
  }
  c(profile(theta, who, by_arm), list(theta = theta))
}
complete <- function(found, how) {
  out <- y
  for (i in 1:n) {
    u <- which(is.na(y[i, ])); if (!length(u)) next
    o <- which(!is.na(y[i, ])); f <- first[i]; b <- seq_len(f - 1)
    own <- drop(c(1 - arm[i], arm[i], x[i]) %*% found$beta); ref <- drop(c(1, 0, x[i]) %*% found$beta)
    S <- found$S[[arm[i] + 1]]; R <- found$S[[1]]
    mu <- own
    if (f <= m) {
      a <- f:m
      if (how == "RTB") mu[a] <- 0
      if (how == "JR") mu[a] <- ref[a]
      if (how == "CR") { mu <- ref; S <- R }
      if (how == "CIR") mu[a] <- own[f - 1] + ref[a] - ref[f - 1]
      if (how == "LMCF") mu[a] <- own[f - 1]
    }
    before <- intersect(u, b); value <- y[i, ]  # what is missing before: from the group's own joint distribution of what was seen
    if (length(before)) value[before] <- mu[before] + S[before, o, drop = FALSE] %*% solve(S[o, o], y[i, o] - mu[o])
    after <- setdiff(u, b)
    if (length(after)) {
      T <- if (how %in% c("JR", "CIR")) R else S  # the regression of later visits on the earlier ones
      value[after] <- mu[after] + T[after, b, drop = FALSE] %*% solve(T[b, b], value[b] - mu[b])
    }
    out[i, u] <- value[u]
  }
  out
}
analyse <- function(full, who) {
  last <- full[who, m]; a <- arm[who]; z <- x[who]
  c(mean0 = mean(last[a == 0]), mean1 = mean(last[a == 1]), difference = unname(coef(lm(last ~ a + z))["a"]))
}
say <- function(set, quantity, values) for (k in seq_along(values))
  cat(sprintf("%s,%s,%s,%.12g\n", set, quantity, if (is.null(names(values))) k - 1 else names(values)[k], values[k]), file = out)
out <- file("imputation.csv", "w")
cat(sprintf("# %s, mice %s\nset,quantity,place,value\n", R.version.string, packageVersion("mice")), file = out)
hows <- c("MAR", "RTB", "JR", "CR", "CIR", "LMCF")
start <- c(1.5, 1, 1, 1.5, 1, 1.5)
whole <- fit(1:n, FALSE, start)
each <- lapply(1:n, function(i) fit(setdiff(1:n, i), FALSE, whole$theta))
say("shared", "sigma", c(whole$S[[1]]))
for (how in hows) {
  estimate <- analyse(complete(whole, how), 1:n)
  left <- sapply(1:n, function(i) analyse(complete(each[[i]], how), setdiff(1:n, i)))
  say(paste("shared", how), "estimate", estimate)
  say(paste("shared", how), "jackknife", sqrt((n - 1) / n * rowSums((left - rowMeans(left))^2)))
}
apart <- fit(1:n, TRUE, c(whole$theta, whole$theta))
for (g in 1:2) say("by arm", paste0("sigma", g - 1), c(apart$S[[g]]))
for (how in hows) say(paste("by arm", how), "estimate", analyse(complete(apart, how), 1:n))

Q <- c(2.1, 1.4, 2.9, 2.2, 1.8); U <- c(.40, .35, .50, .42, .38)
for (case in list(c(24, 2), c(300, 3), c(Inf, 1))) {
  p <- pool.scalar(Q, U, n = case[1], k = case[2])
  say(paste("pool", case[1] - case[2]), "pooled", c(estimate = p$qbar, within = p$ubar, between = p$b, total = p$t, degrees = p$df, fmi = p$fmi))
}
close(out)
