# Lott and Reiter's interval from first principles: mice pools the rates (Rubin, Barnard and Rubin with n - 1 degrees),
# and uniroot() finds where (q - p)^2 = t^2 (1 + r) p (1 - p) / n. Newcombe's square-and-add of two such intervals.
# Writes lott_reiter.csv. Run: Rscript lott_reiter.R   (from this folder)
suppressMessages(library(mice))
version <- paste0("# ", R.version.string, "; mice ", packageVersion("mice"))

interval <- function(rates, n, level) {
  pooled <- pool.scalar(rates, rates * (1 - rates) / n, n = n, k = 1)
  r <- (1 + 1 / length(rates)) * pooled$b / pooled$ubar
  t <- qt((1 + level) / 2, pooled$df)
  gap <- function(p) (pooled$qbar - p)^2 - t^2 * (1 + r) * p * (1 - p) / n
  find <- function(low, high) uniroot(gap, c(low, high), tol = 1e-14)$root
  c(pooled$qbar, find(0, pooled$qbar), find(pooled$qbar, 1), pooled$df)
}
sets <- list(
  list(name = "24 cases", counts = c(10, 11, 13, 10, 12, 9, 14, 11, 12, 10), n = 24, level = 0.95),
  list(name = "12 cases", counts = c(1, 0, 0, 2, 1), n = 12, level = 0.95),
  list(name = "200 cases, 99 %", counts = c(151, 160, 149, 155), n = 200, level = 0.99))
rows <- list(); found <- list()
for (set in sets) {
  at <- interval(set$counts / set$n, set$n, set$level)
  found[[set$name]] <- at
  rows[[length(rows) + 1]] <- data.frame(set = set$name, counts = paste(set$counts, collapse = " "), n = set$n,
    level = set$level, estimate = at[1], lower = at[2], upper = at[3], degrees = at[4])
}
a <- found[["24 cases"]]; b <- found[["12 cases"]]
rows[[length(rows) + 1]] <- data.frame(set = "24 cases less 12 cases", counts = "", n = NA, level = 0.95,
  estimate = a[1] - b[1], lower = a[1] - b[1] - sqrt((a[1] - a[2])^2 + (b[3] - b[1])^2),
  upper = a[1] - b[1] + sqrt((a[3] - a[1])^2 + (b[1] - b[2])^2), degrees = NA)
out <- do.call(rbind, rows)
for (column in c("estimate", "lower", "upper", "degrees")) out[[column]] <- sprintf("%.12g", out[[column]])
writeLines(version, "lott_reiter.csv")
suppressWarnings(write.table(out, "lott_reiter.csv", append = TRUE, sep = ",", row.names = FALSE, na = ""))
