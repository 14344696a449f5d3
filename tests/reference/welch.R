# Welch's t test (base R, t.test) from values with exactly the means and standard deviations named. Writes welch.csv.
# Run: Rscript welch.R   (from this folder)

rows <- list()
for (case in list(c(1.18, 1.24, 44, 2.84, 1.64, 44), c(2, 0.5, 2, -1, 3, 12), c(10, 0, 5, 9, 2, 4), c(50, 20, 120, 52, 5, 7))) {
  for (level in c(0.9, 0.95)) {
    one <- case[1] + case[2] * as.numeric(scale(seq_len(case[3])^1.5))
    other <- case[4] + case[5] * as.numeric(scale(seq_len(case[6])^1.5))
    found <- t.test(one, other, conf.level = level)
    rows[[length(rows) + 1]] <- data.frame(
      mean = case[1], sd = case[2], n = case[3], other_mean = case[4], other_sd = case[5], other_n = case[6],
      level = level, error = sprintf("%.15g", found$stderr), degrees = sprintf("%.15g", found$parameter),
      lower = sprintf("%.15g", found$conf.int[1]), upper = sprintf("%.15g", found$conf.int[2]),
      p_value = sprintf("%.15g", found$p.value)
    )
  }
}
writeLines(paste("#", R.version.string), "welch.csv")
suppressWarnings(write.table(do.call(rbind, rows), "welch.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
