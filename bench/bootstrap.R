# Times R's boot on the cases bench/bootstrap.py wrote.
#   Rscript bench/bootstrap.R FOLDER RUNS REPLICATES DAY
# FOLDER holds time.bin (doubles) and cause.bin (32-bit integers). One line a statistic on standard output: its name,
# version, median seconds, mean and standard deviation of the replicates, and the percentile limits.
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]; runs <- as.integer(arguments[2])
replicates <- as.integer(arguments[3]); day <- as.numeric(arguments[4])
n <- file.size(file.path(folder, "time.bin")) / 8
cases <- data.frame(time = readBin(file.path(folder, "time.bin"), "double", n),
                    cause = readBin(file.path(folder, "cause.bin"), "integer", n))

slot <- match(cases$time, sort(unique(cases$time))); m <- max(slot)
by_day <- which(sort(unique(cases$time)) <= day)
statistics <- list(
  # as little as R can do for the number: counts by day, one running product, one sum
  lean = function(cases, drawn) {
    cause <- cases$cause[drawn]; at <- slot[drawn]
    exits <- tabulate(at, m)
    at_risk <- pmax(n - c(0, cumsum(exits)[-m]), 1)
    event_free <- cumprod(1 - tabulate(at[cause > 0], m) / at_risk)
    sum((c(1, event_free[-m]) * tabulate(at[cause == 1], m) / at_risk)[by_day])
  },
  cuminc = function(cases, drawn) {
    of_this <- cmprsk::cuminc(cases$time[drawn], cases$cause[drawn])[["1 1"]]
    if (is.null(of_this)) 0 else max(of_this$est[of_this$time <= day])
  }
)

for (name in names(statistics)) {
  seconds <- numeric(runs)
  for (run in seq_len(runs)) {
    set.seed(run)
    seconds[run] <- system.time({
      drawn <- boot::boot(cases, statistics[[name]], R = replicates)
      limits <- boot::boot.ci(drawn, type = "perc")$percent[4:5]
    })[["elapsed"]]
  }
  cat(sprintf("%s,%s,%.6f,%.4f,%.4f,%.4f,%.4f\n", name, packageVersion("boot"), median(seconds), mean(drawn$t),
              sd(drawn$t), limits[1], limits[2]))
}
