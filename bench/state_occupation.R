# Times R's multi-state survfit on the rows bench/state_occupation.py wrote, and hands back the curves.
#   Rscript bench/state_occupation.R FOLDER RUNS WITH_STANDARD_ERROR
# FOLDER holds rows.bin (doubles: case, from, to, start, stop, a column after the other) and days.bin (doubles). It
# writes answer.bin: the probabilities of each state on those days, then their standard errors (0 if not asked for).
suppressPackageStartupMessages(library(survival))
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]; runs <- as.integer(arguments[2]); with_error <- arguments[3] == "1"
size <- file.size(file.path(folder, "rows.bin")) / 8
rows <- matrix(readBin(file.path(folder, "rows.bin"), "double", size), ncol = 5)
size <- file.size(file.path(folder, "days.bin")) / 8
days <- readBin(file.path(folder, "days.bin"), "double", size)
data <- data.frame(id = rows[, 1], from = factor(rows[, 2], 1:5), to = factor(rows[, 3], 0:5), start = rows[, 4],
                   stop = rows[, 5])
seconds <- numeric(runs)
for (run in seq_len(runs)) {
  gc()
  seconds[run] <- system.time(
    fit <- survfit(Surv(start, stop, to) ~ 1, data, id = id, istate = from, se.fit = with_error, timefix = FALSE)
  )[["elapsed"]]
}
at <- match(days, fit$time)
place <- match(as.character(1:5), fit$states)
answer <- fit$pstate[at, place]
error <- if (with_error) fit$std.err[at, place] else 0 * answer
writeBin(as.double(c(answer, error)), file.path(folder, "answer.bin"))
cat(sprintf("%s,%.6f\n", packageVersion("survival"), median(seconds)))
