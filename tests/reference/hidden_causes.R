# Hidden causes and regression to the mean, from first principles. Writes hidden_causes.csv: what, at, value.
#   signed rank exact    all 2^n ways the pairs can fall, each weighted by gamma (pairs of equal scores ranked, counted for nobody)
#   signed rank normal   mean and variance of the same sum; the lead data are those of Rosenbaum (2002), section 4.3.3
#   yes or no            pbinom at gamma / (1 + gamma) and 1 / (1 + gamma)
#   negative controls    metafor's rma(method = "ML")
#   entry rule           integrate() over the truncated normal; mvtnorm's pmvnorm for the points of a 0 to 10 scale
# Run: Rscript hidden_causes.R   (from this folder)

suppressMessages({library(metafor); library(mvtnorm)})
out <- list()
add <- function(what, at, value) out[[length(out) + 1]] <<- data.frame(what = what, at = at, value = sprintf("%.12g", value))

few <- c(3, -1, 4, 4, 0, -2, 6, 8, 2, 5, 7, -3)
r <- rank(abs(few)); keep <- few != 0; r <- r[keep]; won <- few[keep] > 0; n <- length(r)
ways <- as.matrix(expand.grid(rep(list(0:1), n))); sums <- ways %*% r
for (g in c(1, 1.5, 2, 3)) for (end in c("upper", "lower")) {
  p <- if (end == "upper") g / (1 + g) else 1 / (1 + g)
  add(paste("signed rank exact", end), g, sum((p^rowSums(ways) * (1 - p)^(n - rowSums(ways)))[sums >= sum(r[won]) - 1e-9]))
}
exposed <- c(38,23,41,18,37,36,23,62,31,34,24,14,21,17,16,20,15,10,45,39,22,35,49,48,44,35,43,39,34,13,73,25,27)
control <- c(16,18,18,24,19,11,10,15,16,18,18,13,19,10,16,16,24,13,9,14,21,19,7,18,19,12,11,22,25,16,13,11,13)
d <- exposed - control; r <- rank(abs(d))[d != 0]; stat <- sum(rank(abs(d))[d > 0])
for (g in c(1, 2, 3, 4, 4.25, 5)) {
  p <- g / (1 + g)
  add("signed rank normal upper", g, pnorm((p * sum(r) - stat) / sqrt(p * (1 - p) * sum(r^2))))
}
for (g in c(1, 2, 3, 4, 5, 6)) {
  add("yes or no upper", g, pbinom(109, 122, g / (1 + g), lower.tail = FALSE))
  add("yes or no lower", g, pbinom(109, 122, 1 / (1 + g), lower.tail = FALSE))
}

controls <- list(
  "some spread" = list(c(0.43, 1.10, 0.93, 1.69, 0.20, 0.86), c(0.76, 0.18, 0.30, 0.60, 0.20, 0.13)),
  "no spread" = list(c(0.1, -0.05, 0.2, 0.02), c(0.3, 0.2, 0.4, 0.25)),
  "wide spread" = list(c(-0.9, 0.8, 0.1, 1.4, -0.3, 0.6, 2.0, -1.1), c(0.1, 0.2, 0.05, 0.3, 0.1, 0.15, 0.4, 0.2))
)
for (name in names(controls)) {
  fit <- rma(yi = controls[[name]][[1]], sei = controls[[name]][[2]], method = "ML", control = list(threshold = 1e-14, maxiter = 100000, stepadj = 0.5))
  add("negative controls mean", name, fit$beta[1]); add("negative controls sd", name, sqrt(fit$tau2))
  add("negative controls se", name, fit$se)
}

for (case in list(c(5, 2, 0.6, 4), c(3, 2.5, 0.4, 4), c(60, 15, 0.8, 40))) {
  m <- case[1]; s <- case[2]; rho <- case[3]; cut <- case[4]; at <- paste(case, collapse = " ")
  enter <- pnorm(cut, m, s, lower.tail = FALSE)
  over <- function(f) integrate(function(x) f(x) * dnorm(x, m, s), cut, m + 12 * s, rel.tol = 1e-11)$value / enter
  add("entry mean", at, over(function(x) x)); add("next mean", at, over(function(x) m + rho * (x - m)))
  add("share entering", at, enter)
  later <- function(limit) over(function(x) pnorm(limit(x), m + rho * (x - m), s * sqrt(1 - rho^2)))
  add("fall of 2 points", at, later(function(x) x - 2)); add("fall of 30 percent", at, later(function(x) 0.7 * x))
}

points <- 0:10; edges <- c(-Inf, points[-1] - 0.5, Inf); latent <- 0.7
# TVPACK takes lower ends of -Inf and finite upper ends only, so a cell is a difference of four corners
corner <- function(a, b) if (min(a, b) == -Inf) 0 else if (max(a, b) == Inf) pnorm(min(a, b), 4.5, 2.2) else
  pmvnorm(upper = c(a, b), mean = c(4.5, 4.5), sigma = 2.2^2 * matrix(c(1, latent, latent, 1), 2), algorithm = TVPACK(1e-14))[1]
cell <- function(i, j) corner(edges[i + 1], edges[j + 1]) - corner(edges[i], edges[j + 1]) -
  corner(edges[i + 1], edges[j]) + corner(edges[i], edges[j])
together <- outer(1:11, 1:11, Vectorize(cell))
mean1 <- sum(rowSums(together) * points); v <- sum(rowSums(together) * (points - mean1)^2)
add("scale correlation", "0.7", as.numeric(t(points - mean1) %*% together %*% (points - mean1)) / v)
inside <- points >= 4; enter <- sum(together[inside, ])
add("scale entry mean", "0.7", sum(rowSums(together)[inside] * points[inside]) / enter)
add("scale next mean", "0.7", sum(colSums(together[inside, ]) * points) / enter)
fall <- outer(points, points, function(x, y) 10 * (x - y) >= 3 * x & x > 0); two <- outer(points, points, function(x, y) x - y >= 2)
add("scale fall of 30 percent", "0.7", sum((together * fall)[inside, ]) / enter)
add("scale fall of 2 points", "0.7", sum((together * two)[inside, ]) / enter)

con <- file("hidden_causes.csv", "w")
writeLines(sprintf("# %s; metafor %s; mvtnorm %s", R.version.string, packageVersion("metafor"), packageVersion("mvtnorm")), con)
write.csv(do.call(rbind, out), con, row.names = FALSE, quote = FALSE); close(con)
