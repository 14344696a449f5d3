# Gray's test by cmprsk, and restricted mean time by survival. Writes gray.csv.
# Run: Rscript gray.R   (from this folder)
suppressMessages({library(cmprsk); library(survival)})
version <- paste0("# ", R.version.string, "; cmprsk ", packageVersion("cmprsk"), "; survival ", packageVersion("survival"))

draws <- function(seed, n) { # Park and Miller's generator, the same in the test
  states <- numeric(n)
  for (i in seq_len(n)) { seed <- (16807 * seed) %% 2147483647; states[i] <- seed }
  states
}
one <- draws(2013, 480)
n <- 120
group <- one[1:n] %/% 7 %% 3
stratum <- one[n + 1:n] %/% 11 %% 2
cause <- one[2 * n + 1:n] %/% 13 %% 3
tied <- 1 + (one[3 * n + 1:n] %/% 5 %% 20) + 3 * group * (cause == 1)
untied <- tied + one[1:n] / 2147483647

rows <- list()
put <- function(name, of, value, second, third) rows[[length(rows) + 1]] <<- data.frame(
  case = name, of = of, value = sprintf("%.15g", value), second = sprintf("%.15g", second), third = sprintf("%.15g", third))
tests <- function(name, ...) {
  found <- cuminc(..., cencode = 0)$Tests
  for (of in rownames(found)) put(name, of, found[of, "stat"], found[of, "pv"], found[of, "df"])
}
tests("tied", tied, cause, group)
tests("untied", untied, cause, group)
tests("tied, strata", tied, cause, group, stratum)
tests("tied, rho 1", tied, cause, group, rho = 1)
tests("untied, strata, rho 1", untied, cause, group, stratum, rho = 1)
two <- group < 2
tests("two groups", tied[two], cause[two], group[two])
few <- seq_len(24)
tests("24 cases, two groups", tied[few], cause[few], pmin(group[few], 1))
late <- ifelse(group == 0, tied + 15, tied) # most of the other groups have left before the first has an event
tests("hardly together", late, cause, group)

area <- function(time, cause, horizon) { # days lost to cause 1 by the horizon
  curve <- survfit(Surv(time, factor(cause, 0:2)) ~ 1)
  at <- c(0, curve$time[curve$time < horizon], horizon)
  sum(diff(at) * c(0, curve$pstate[curve$time < horizon, 2]))
}
for (horizon in c(10, 18)) {
  free <- summary(survfit(Surv(tied, cause > 0) ~ 1), rmean = horizon)$table
  put("any cause, days free", horizon, free["rmean"], free["se(rmean)"], NA)
  without <- sapply(seq_len(n), function(i) area(tied[-i], cause[-i], horizon))
  jackknife <- sqrt((n - 1) / n * sum((without - mean(without))^2))
  put("cause 1, days lost, jackknife", horizon, area(tied, cause, horizon), jackknife, NA)
}
writeLines(version, "gray.csv")
all_rows <- do.call(rbind, rows)
all_rows$case <- paste0('"', all_rows$case, '"')
suppressWarnings(write.table(all_rows, "gray.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
