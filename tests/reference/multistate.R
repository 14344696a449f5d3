# State occupation (survival), transition probabilities and their covariance (etm), landmark estimates and times in
# states, on histories made by a formula (Park and Miller's generator), so that the test can make the same ones:
#   Rscript tests/reference/multistate.R > tests/reference/multistate.csv
# The standard error of survfit is asked for with influence = TRUE: without it survival 3.5.3 leaves out the
# uncertainty of the initial distribution.
suppressPackageStartupMessages({library(survival); library(etm)})

cat(sprintf("# %s; survival %s; etm %s\n", R.version.string, packageVersion("survival"), packageVersion("etm")))
cat("histories,source,what,day,value,standard_error\n")
say <- function(histories, source, what, day, value, se)
  cat(sprintf("%s,%s,%s,%s,%.17g,%.17g\n", histories, source, what, format(day, digits = 17), value, se), sep = "")

state <- 0
draw <- function(below) { state <<- (16807 * state) %% 2147483647; floor(state / 7) %% below }

# A case begins in a state, stays 1 to 8 days, goes to a state or is censored, at most `rows` times.
histories <- function(seed, n, first, reach, late, rows) {
  state <<- seed; out <- NULL
  for (case in seq_len(n)) {
    at <- first[1 + draw(length(first))]
    day <- if (late) draw(5) else 0
    for (row in seq_len(rows)) {
      stop <- day + 1 + draw(8)
      ways <- c(0, which(reach[at, ]))
      to <- ways[1 + draw(length(ways))]
      if (row == 1 && length(ways) > 1 && to == 0) to <- ways[1 + draw(length(ways))]
      out <- rbind(out, data.frame(id = case, from = at, to = to, start = day, stop = stop))
      if (to == 0 || !any(reach[to, ])) break
      at <- to; day <- stop
    }
  }
  out
}
diagram <- function(k, ...) { m <- matrix(FALSE, k, k); for (p in list(...)) m[p[1], p[2]] <- TRUE; m }
illness <- diagram(3, c(1, 2), c(1, 3), c(2, 3))
recurrent <- diagram(4, c(1, 2), c(2, 3), c(3, 2), c(1, 4), c(2, 4), c(3, 4))

occupation <- function(name, what, data, k, p0 = NULL, weights = rep(1, nrow(data)), since = 0) {
  data$w <- weights
  labelled <- transform(data, from = factor(from, 1:k), to = factor(to, 0:k))
  call <- list(formula = Surv(start, stop, to) ~ 1, data = labelled, id = quote(id), istate = quote(from),
               influence = TRUE, timefix = FALSE, weights = quote(w))
  if (!is.null(p0)) call$p0 <- p0
  fit <- do.call(survfit, call)
  moved <- apply(fit$n.event, 1, sum) > 0
  influence <- fit$influence.pstate
  first <- data[!duplicated(data$id), ]
  case_weight <- first$w[order(first$id)]
  for (j in seq_along(fit$states)) {
    se <- sqrt(colSums((case_weight * influence[, -1, j])^2))
    say(name, "survival", sprintf("%s %s", what, fit$states[j]), fit$time[moved], fit$pstate[moved, j], se[moved])
  }
  # time in each state to day 12, its standard error from the integral of the influences
  days <- c(since, fit$time); widths <- diff(c(days[days < 12], 12)); use <- seq_along(widths)
  for (j in seq_along(fit$states)) {
    p <- c(fit$p0[j], fit$pstate[, j])[use]
    u <- influence[, use, j] %*% widths
    say(name, "survival", sprintf("time %s %s", what, fit$states[j]), 12, sum(p * widths),
        sqrt(sum((case_weight * u)^2)))
  }
}

transitions <- function(name, what, data, k, reach, s) {
  names(data) <- c("id", "from", "to", "entry", "exit")
  data$from <- as.character(data$from); data$to <- ifelse(data$to == 0, "cens", as.character(data$to))
  fit <- suppressWarnings(etm(data, as.character(1:k), reach, "cens", s))
  for (h in 1:k) for (j in 1:k) {
    if (all(fit$est[h, j, ] == (h == j))) next
    pair <- sprintf("%d %d", h, j)
    say(name, "etm", sprintf("%s %s", what, pair), fit$time, fit$est[h, j, ], sqrt(fit$cov[pair, pair, ]))
  }
  last <- length(fit$time)
  say(name, "etm", sprintf("%s covariance of 1 2 and 1 %d", what, k), fit$time[last],
      fit$cov["1 2", sprintf("1 %d", k), last], 0)
}

a <- histories(2013, 60, 1, illness, FALSE, 4)
occupation("illness", "state", a, 3)
transitions("illness", "from 0", a, 3, illness, 0)

b <- histories(99, 80, c(1, 1, 2, 3), recurrent, TRUE, 6)
weights <- (0.5 + (b$id %% 7) / 4)
occupation("recurrent", "state", b, 4)
occupation("recurrent", "weighted", b, 4, weights = weights)
occupation("recurrent", "known", b, 4, p0 = c(0.5, 0.25, 0.25, 0))
transitions("recurrent", "from 0", b, 4, recurrent, 0)
transitions("recurrent", "from 4", b, 4, recurrent, 4)

# landmark: those in state 2 just after day 6, followed from then on
chosen <- b$id[b$start <= 6 & b$stop > 6 & b$from == 2]
later <- subset(b, id %in% chosen & stop > 6); later$start <- pmax(later$start, 6)
occupation("recurrent", "landmark", later, 4, p0 = c(0, 1, 0, 0), since = 6)

# The log-rank statistic of the Markov test at one landmark: the score of coxph at 0, Breslow's variance. Cases in
# state 1 or 2 just before day 5 who are later in state 2; does the move 2 to 3 depend on where they were?
where <- sapply(unique(b$id), function(i) with(b[b$id == i, ], c(from[start < 5 & stop >= 5], NA)[1]))
names(where) <- unique(b$id)
d <- subset(b, from == 2 & stop > 5); d$was <- where[as.character(d$id)]; d <- subset(d, !is.na(was))
for (j in 1:3) {
  fit <- coxph(Surv(start, stop, to == 3) ~ I(1 * (was == j)), d, ties = "breslow", iter.max = 0)
  say("recurrent", "coxph", sprintf("score 2 3 where in %d", j), 5, sqrt(fit$score), 0)
}
fit <- coxph(Surv(start, stop, to == 3) ~ I(1 * (was == 2)) + I(1 * (was == 3)), d, ties = "breslow", iter.max = 0)
say("recurrent", "coxph", "score 2 3 overall", 5, fit$score, 0)
