# Times R's estimators of cumulative incidence on the cases bench/aalen_johansen.py wrote, and hands back the curves.
#   Rscript bench/aalen_johansen.R FOLDER RUNS PEER...
# FOLDER holds time.bin (doubles) and cause.bin (32-bit integers). For each PEER it writes PEER.bin: the curve's days,
# then its incidence. One line a peer on standard output: name, version, median seconds.
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]; runs <- as.integer(arguments[2])
n <- file.size(file.path(folder, "time.bin")) / 8
time <- readBin(file.path(folder, "time.bin"), "double", n)
cause <- readBin(file.path(folder, "cause.bin"), "integer", n)

peers <- list(
  cmprsk = list(
    fit = function() cmprsk::cuminc(time, cause),
    curve = function(fit) fit[["1 1"]][c("time", "est")]),
  survival = list(
    fit = function() survival::survfit(survival::Surv(time, factor(cause, 0:2)) ~ 1, timefix = FALSE,
                                       conf.type = "log-log"),
    curve = function(fit) list(fit$time, fit$pstate[, 2])),
  etm = list(
    fit = function() {
      tra <- matrix(FALSE, 3, 3); tra[1, 2:3] <- TRUE
      data <- data.frame(id = seq_along(time), from = "0", to = c("cens", "1", "2")[cause + 1], entry = 0, exit = time)
      etm::etm(data, c("0", "1", "2"), tra, "cens", 0)
    },
    curve = function(fit) list(fit$time, fit$est["0", "1", ]))
)

suppressPackageStartupMessages(library(survival))
for (name in arguments[-(1:2)]) {
  seconds <- numeric(runs)
  for (run in seq_len(runs)) {
    gc()
    seconds[run] <- system.time(fit <- peers[[name]]$fit())[["elapsed"]]
  }
  curve <- peers[[name]]$curve(fit)
  writeBin(as.double(c(curve[[1]], curve[[2]])), file.path(folder, paste0(name, ".bin")))
  cat(sprintf("%s,%s,%.6f\n", name, packageVersion(name), median(seconds)))
}
