# Exact limits of a Poisson rate (base R, poisson.test) and Student's limits of a mean. Writes rate.csv.
# Run: Rscript rate.R   (from this folder)

rows <- list()
for (x in c(0, 1, 2, 5, 17, 120)) for (exposure in c(0.5, 24, 60.25)) for (level in c(0.9, 0.95)) {
  two <- poisson.test(x, exposure, conf.level = level)$conf.int
  one <- poisson.test(x, exposure, alternative = "less", conf.level = level)$conf.int[2]
  rows[[length(rows) + 1]] <- data.frame(
    kind = "poisson", first = x, second = exposure, n = 0, level = level,
    lower = sprintf("%.15g", two[1]), upper = sprintf("%.15g", two[2]), one_sided = sprintf("%.15g", one)
  )
}
for (n in c(2, 12, 50)) for (level in c(0.9, 0.95)) {
  # values with exactly this mean and standard deviation, so that t.test itself does the work
  values <- 4.2 + 1.7 * as.numeric(scale(seq_len(n)^1.5))
  limits <- t.test(values, conf.level = level)$conf.int
  rows[[length(rows) + 1]] <- data.frame(
    kind = "mean", first = 4.2, second = 1.7, n = n, level = level,
    lower = sprintf("%.15g", limits[1]), upper = sprintf("%.15g", limits[2]), one_sided = "0"
  )
}
writeLines(paste("#", R.version.string), "rate.csv")
suppressWarnings(write.table(do.call(rbind, rows), "rate.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
