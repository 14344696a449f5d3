# Times R's metafor on the studies bench/meta_analysis.py wrote.
#   Rscript bench/meta_analysis.R FOLDER RUNS
# FOLDER holds one.csv and many.csv (columns meta, effect, variance). One line a job: name, version, median milliseconds of processor time.
suppressMessages(library(metafor))
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]; runs <- as.integer(arguments[2])
middle <- function(f) median(sapply(seq_len(runs), function(i) system.time(f())["user.self"]))
one <- read.csv(file.path(folder, "one.csv")); many <- split(read.csv(file.path(folder, "many.csv")), ~meta)
single <- function() for (again in 1:20) predict(rma(one$effect, one$variance, method = "REML", test = "knha", control = list(maxiter = 1000)))
cat("one,", as.character(packageVersion("metafor")), ",", 1e3 * middle(single) / 20, "\n", sep = "")
# its Fisher scoring does not converge on some of them; they are counted with the time they took
whole <- function() for (each in many)
  try(predict(rma(each$effect, each$variance, method = "REML", test = "knha", control = list(maxiter = 1000))), silent = TRUE)
cat("many,", as.character(packageVersion("metafor")), ",", 1e3 * middle(whole), "\n", sep = "")
