# Cumulative incidence, its Greenwood-type and infinitesimal-jackknife standard errors, from three R packages.
# The cases are made by a formula (Park and Miller's generator), so that the test can make the same ones:
#   Rscript tests/reference/aalen_johansen.R > tests/reference/aalen_johansen.csv
suppressPackageStartupMessages({library(survival); library(cmprsk); library(etm)})

draws <- function(seed, n) {
  state <- numeric(n); x <- seed
  for (i in seq_len(n)) { x <- (16807 * x) %% 2147483647; state[i] <- x }
  state
}

cat(sprintf("# %s; survival %s; cmprsk %s; etm %s\n", R.version.string, packageVersion("survival"),
            packageVersion("cmprsk"), packageVersion("etm")))
cat("cases,source,day,incidence,standard_error\n")
say <- function(cases, source, day, incidence, se)
  cat(sprintf("%s,%s,%.17g,%.17g,%.17g\n", cases, source, day, incidence, se), sep = "")

by_etm <- function(name, entry, time, cause) {
  data <- data.frame(id = seq_along(time), from = "0", to = ifelse(cause == 0, "cens", as.character(cause)),
                     entry = entry, exit = time)
  tra <- matrix(FALSE, 3, 3); tra[1, 2:3] <- TRUE
  fit <- suppressWarnings(etm(data, c("0", "1", "2"), tra, "cens", 0))
  say(name, "etm", fit$time, fit$est["0", "1", ], sqrt(fit$cov["0 1", "0 1", ]))
}

# The variance for clusters is that of the influences summed by cluster. It is computed here from the influence of each
# case that survfit returns, because multi-state survfit of survival 3.5.3 gives the same standard error with and
# without `cluster`; the Kaplan-Meier survfit, which does use it, is the second witness below.
by_survival <- function(name, entry, time, cause, weights = rep(1, length(time)), cluster = seq_along(time)) {
  data <- data.frame(id = seq_along(time), entry, time, state = factor(cause, 0:2), weights)
  fit <- survfit(Surv(entry, time, state) ~ 1, data, id = id, weights = weights, influence = TRUE, timefix = FALSE)
  influence <- weights * fit$influence.pstate[, -1, 2]  # the first column is day 0
  stopifnot(all.equal(sqrt(colSums(influence^2)), fit$std.err[, 2]))
  event <- rowSums(fit$n.event[, 2:3, drop = FALSE]) > 0
  se <- sqrt(colSums(rowsum(influence, cluster)^2))
  say(name, "survival", fit$time[event], fit$pstate[event, 2], se[event])
}

by_kaplan_meier <- function(name, time, cause, cluster) {
  data <- data.frame(time, event = cause > 0, cluster)
  fit <- survfit(Surv(time, event) ~ 1, data, cluster = cluster, timefix = FALSE)
  happened <- fit$n.event > 0
  stopifnot(!fit$logse)
  say(name, "kaplan-meier", fit$time[happened], 1 - fit$surv[happened], fit$std.err[happened])
}

by_cmprsk <- function(name, time, cause) {
  fit <- cuminc(time, cause)[["1 1"]]
  last <- !duplicated(fit$time, fromLast = TRUE) & fit$time > 0
  say(name, "cmprsk", fit$time[last], fit$est[last], sqrt(fit$var[last]))
}

# whole days with many ties, of events of both causes and of censoring
x <- draws(2013, 120)
time <- 1 + x[1:60] %% 25; cause <- floor(x[61:120] / 7) %% 3
by_etm("tied", rep(0, 60), time, cause)
by_survival("tied", rep(0, 60), time, cause)
by_cmprsk("tied", time, cause)

# days without ties
x <- draws(7, 200)
time <- x[1:100] / 2147483647 * 1500; cause <- floor(x[101:200] / 7) %% 3
by_etm("untied", rep(0, 100), time, cause)
by_survival("untied", rep(0, 100), time, cause)
by_cmprsk("untied", time, cause)

# everyone has an event: the last empties the risk set
time <- 1 + x[1:40] %% 15; cause <- 1 + floor(x[41:80] / 7) %% 2
by_etm("all had an event", rep(0, 40), time, cause)
by_survival("all had an event", rep(0, 40), time, cause)

# delayed entry, with ties of entry, event and censoring
x <- draws(99, 270)
time <- 2 + x[1:90] %% 25; cause <- floor(x[91:180] / 7) %% 3; entry <- floor(x[181:270] / 11) %% pmin(time, 12)
by_etm("delayed", entry, time, cause)
by_survival("delayed", entry, time, cause)

# weights and clusters
weights <- 0.5 + (floor(x[1:90] / 13) %% 8) / 4; cluster <- floor(x[91:180] / 17) %% 14
by_survival("weighted", rep(0, 90), time, cause, weights = weights)
by_survival("clustered", rep(0, 90), time, cause, cluster = cluster)
by_kaplan_meier("clustered", time, cause, cluster)
by_survival("delayed weighted clustered", entry, time, cause, weights = weights, cluster = cluster)
