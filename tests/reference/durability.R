# Durability on real visits: pbcseq (survival), Mayo trial of D-penicillamine in primary biliary cholangitis, by arm.
# In response: bilirubin of 1.2 mg/dl or less at the visit. Events: transplant, then death. Written from docs/durability.md
# by itself, case by case, and not from the Python.
#   the visit nearest its nominal day stands (ties: the later); dated on the nominal day, or on its own day where an event
#   comes before the nominal day; an assessment after an event says nothing; a state holds until another is seen; followed
#   to the day before the nominal day of the first visit after the last one seen; events are exact.
# survfit: states, infinitesimal jackknife. etm: transition probabilities from day 365, Greenwood's type.
# landmark: survfit of those in the state just after day 365.
# Run: Rscript durability.R (from this folder). Long format: arm, method, quantity, at, value.
suppressMessages({library(survival); library(etm)})
lines <- c(paste0("# ", R.version.string, ", survival ", packageVersion("survival"), ", etm ", packageVersion("etm")),
           "arm,method,quantity,at,value")
put <- function(arm, method, quantity, at, values) for (i in seq_along(values))
  lines <<- c(lines, sprintf("%s,%s,%s,%g,%.14g", arm, method, quantity, at[i], values[i]))

nominal <- c(183, 365, 730, 1095)
opens <- c(92, 275, 548, 913)
closes <- c(274, 547, 912, 1277)
states <- c("waiting", "responding", "lost", "transplant", "death")

history <- function(d, returns) {
  end <- d$futime[1]; event <- c(0, 4, 5)[d$status[1] + 1]
  e <- if (event > 0) end else Inf
  dated <- rep(NA, 4); answer <- rep(NA, 4); came <- rep(FALSE, 4)
  for (v in 1:4) {
    inside <- which(d$day >= opens[v] & d$day <= closes[v])
    if (length(inside) == 0) next
    away <- 2 * abs(d$day[inside] - nominal[v]) + (d$day[inside] < nominal[v])
    chosen <- inside[which.min(away)]
    came[v] <- TRUE
    if (d$day[chosen] > e) next
    dated[v] <- if (e < nominal[v]) d$day[chosen] else nominal[v]
    answer[v] <- d$bili[chosen] <= 1.2
  }
  moves <- data.frame(day = dated, what = answer)[!is.na(dated), ]
  moves <- moves[order(moves$day), ]
  last <- max(c(0, which(came)))
  missed <- c(nominal, Inf)[last + 1]
  followed <- max(end, moves$day)
  if (!is.finite(e)) followed <- min(followed, missed - 1)
  state <- 1; since <- 0; out <- NULL
  step <- function(day, to) { if (to != state) { if (day > since) {
      out <<- rbind(out, data.frame(id = d$id[1], from = state, to = to, start = since, stop = day)) }
      else out$to[nrow(out)] <<- to
      state <<- to; since <<- day } }
  for (k in seq_len(nrow(moves))) {
    if (moves$what[k]) { if (state == 1 || returns) step(moves$day[k], 2) } else if (state == 2) step(moves$day[k], 3)
  }
  if (is.finite(e)) step(e, event)
  if (followed > since) out <- rbind(out, data.frame(id = d$id[1], from = state, to = 0, start = since, stop = followed))
  out
}
rows_of <- function(d, returns = TRUE) do.call(rbind, lapply(split(d, d$id), history, returns))
fitted <- function(rows) {
  rows$event <- factor(rows$to, 0:5, c("none", states)); rows$state <- factor(rows$from, 1:5, states)
  survfit(Surv(start, stop, event) ~ 1, rows, id = id, istate = state, influence = TRUE)
}

for (arm in c(1, 0)) {
  rows <- rows_of(pbcseq[pbcseq$trt == arm, ])
  name <- c("placebo", "penicillamine")[arm + 1]
  put(name, "rows", "stays", 0, nrow(rows))
  fit <- fitted(rows)
  read <- summary(fit, times = nominal)
  mean <- summary(fit, rmean = 1095)$table
  for (k in seq_along(states)) {
    column <- match(states[k], fit$states)
    if (is.na(column)) next
    put(name, "survfit", states[k], nominal, read$pstate[, column])
    put(name, "survfit", paste("standard error of", states[k]), nominal, read$std.err[, column])
    put(name, "survfit", paste("time in", states[k]), 1095, mean[column, "rmean"])
    put(name, "survfit", paste("standard error of time in", states[k]), 1095, mean[column, grep("^se|^std", colnames(mean))])
  }
  seen <- rows[rows$to > 0 & rows$stop <= 1095, ]
  for (i in 1:5) for (j in 1:5) if (sum(seen$from == i & seen$to == j))
    put(name, "moves", paste(states[i], states[j], sep = " to "), 1095, sum(seen$from == i & seen$to == j))
  paths <- with(rows, data.frame(id = id, from = as.character(from), to = ifelse(to == 0, "cens", as.character(to)), entry = start, exit = stop))
  allowed <- matrix(FALSE, 5, 5); allowed[1, c(2, 4, 5)] <- allowed[2, 3:5] <- allowed[3, c(2, 4, 5)] <- allowed[4, 5] <- TRUE
  chain <- suppressWarnings(etm(paths, as.character(1:5), allowed, "cens", s = 365))
  slot <- findInterval(c(730, 1095), chain$time)
  lasting <- rows_of(pbcseq[pbcseq$trt == arm, ], FALSE) # a lost response stays lost
  gone <- with(lasting, data.frame(id = id, from = as.character(from), to = ifelse(to == 0, "cens", as.character(to)), entry = start, exit = stop))
  allowed[3, 2] <- FALSE
  once <- suppressWarnings(etm(gone, as.character(1:5), allowed, "cens", s = 365))
  at <- findInterval(c(730, 1095), once$time)
  for (i in 1:3) for (j in c(2, 3, 5)) if (any(once$est[i, j, ] > 0)) {
    put(name, "etm lasting", paste(states[i], states[j], sep = " to "), c(730, 1095), once$est[i, j, at])
    if (i != j) put(name, "etm lasting", paste("standard error of", states[i], "to", states[j]), c(730, 1095), sqrt(once$cov[paste(i, j), paste(i, j), at]))
  }
  for (i in 1:3) for (j in c(2, 5)) {
    put(name, "etm", paste(states[i], states[j], sep = " to "), c(730, 1095), chain$est[i, j, slot])
    landmark <- rows[rows$stop > 365, ]
    there <- landmark$id[landmark$start <= 365 & landmark$from == i]
    landmark <- landmark[landmark$id %in% there, ]
    landmark$start <- pmax(landmark$start, 365)
    later <- summary(fitted(landmark), times = c(730, 1095), extend = TRUE)
    column <- match(states[j], fitted(landmark)$states)
    put(name, "landmark", paste(states[i], states[j], sep = " to "), c(730, 1095), later$pstate[, column])
  }
}
writeLines(lines, "durability.csv")
