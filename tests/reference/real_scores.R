# Scores over time on real data: nlme's Orthodont (27 children, 4 visits) and lme4's sleepstudy (18 people, 10 days).
# Writes real_scores.csv.
#   gls        nlme::gls: corSymm, corAR1 and corCompSymm, with varIdent where each visit has a variance of its own
#   mlm        lm() on the whole matrix of scores, complete cases: REML of an unstructured covariance in closed form
#   lmerTest   lmer(... + (1 | id)), which is compound symmetry: Satterthwaite's df of least-squares means by emmeans
#   pbkrtest   the same with Kenward and Roger's adjustment
#   dense      Satterthwaite's df under AR(1) from the restricted likelihood written out and differenced. emmeans on a gls
#              fit (kept beside it) takes the derivatives of the covariance by refitting, and gives 58.1 and 55.9 for the
#              54.6 and 50.8 they are; it is not a reference for df to 1e-4.
# "holes" are the same data with every seventh row (the first is row 1) taken out.
# Run: Rscript real_scores.R   (from this folder). Long format: set, method, quantity, place, value.
suppressMessages({library(nlme); library(lme4); library(lmerTest); library(pbkrtest); library(emmeans)})
lines <- c(paste0("# ", R.version.string, ", nlme ", packageVersion("nlme"), ", lme4 ", packageVersion("lme4"),
                  ", lmerTest ", packageVersion("lmerTest"), ", pbkrtest ", packageVersion("pbkrtest"), ", emmeans ",
                  packageVersion("emmeans")), "set,method,quantity,place,value")
put <- function(set, method, quantity, values) for (i in seq_along(values))
  lines <<- c(lines, sprintf("%s,%s,%s,%d,%.12g", set, method, quantity, i - 1, values[i]))

with_holes <- function(d) d[seq_len(nrow(d)) %% 7 != 1, ]
teeth <- as.data.frame(nlme::Orthodont)
teeth <- data.frame(id = factor(as.character(teeth$Subject)), score = teeth$distance, time = teeth$age - 11,
                    visit = (teeth$age - 8) / 2, female = as.numeric(teeth$Sex == "Female"))
sleep <- with(lme4::sleepstudy, data.frame(id = factor(as.character(Subject)), score = Reaction, time = Days, visit = Days))
sets <- list(
  "teeth, line" = list(d = teeth, f = score ~ time * female),
  "teeth, means, holes" = list(d = with_holes(teeth), f = score ~ factor(visit) * female),
  "teeth, line, holes" = list(d = with_holes(teeth), f = score ~ time * female),
  "sleep, line" = list(d = sleep, f = score ~ time),
  "sleep, means, holes" = list(d = with_holes(sleep), f = score ~ factor(visit)))

tight <- glsControl(tolerance = 1e-13, msTol = 1e-15, maxIter = 1000, msMaxIter = 1000)
by_gls <- function(set, structure, correlation, weights = NULL) {
  d <- sets[[set]]$d; d$place <- as.integer(d$visit + 1)
  fit <- do.call(gls, list(sets[[set]]$f, d, correlation = correlation, weights = weights, control = tight))
  of <- paste(set, structure, sep = ", ")
  of <- paste0('"', of, '"')
  put(of, "gls", "coefficient", coef(fit)); put(of, "gls", "standard error", sqrt(diag(vcov(fit))))
  put(of, "gls", "deviance", -2 * as.numeric(logLik(fit)))
}
each <- varIdent(form = ~ 1 | place); at <- ~ place | id
for (set in names(sets)) {
  if (startsWith(set, "teeth")) {
    by_gls(set, "unstructured", corSymm(form = at), each)
    by_gls(set, "heterogeneous compound symmetry", corCompSymm(form = at), each)
  }
  by_gls(set, "heterogeneous AR(1)", corAR1(form = at), each)
  by_gls(set, "AR(1)", corAR1(form = at))
  by_gls(set, "compound symmetry", corCompSymm(form = at))
}

fixed <- lmerControl(optimizer = "nloptwrap", optCtrl = list(xtol_abs = 1e-14, ftol_abs = 1e-15, maxeval = 1e5))
for (set in names(sets)) {
  d <- sets[[set]]$d
  fit <- lmerTest::lmer(update(sets[[set]]$f, . ~ . + (1 | id)), d, REML = TRUE, control = fixed)
  of <- paste0('"', set, ', compound symmetry"')
  put(of, "lmerTest", "standard error", sqrt(diag(as.matrix(vcov(fit)))))
  p <- length(fixef(fit)); row <- function(i) replace(numeric(p), i, 1)
  put(of, "lmerTest", "df", sapply(seq_len(p), function(i) contest1D(fit, row(i))$df))
  put(of, "pbkrtest", "standard error", sqrt(diag(as.matrix(vcovAdj(fit)))))
  put(of, "pbkrtest", "df", sapply(seq_len(p), function(i) get_Lb_ddf(fit, row(i))))
}
means <- function(kind) { # girls' and boys' mean at 14 and their difference
  d <- within(with_holes(teeth), { v <- factor(visit); sex <- factor(female) })
  fit <- lmerTest::lmer(score ~ v * sex + (1 | id), d, REML = TRUE, control = fixed)
  at14 <- suppressMessages(emmeans(fit, ~ sex, at = list(v = "3"), lmer.df = kind))
  table <- rbind(as.data.frame(summary(at14))[, c("emmean", "SE", "df", "lower.CL", "upper.CL")],
    setNames(as.data.frame(summary(pairs(at14, reverse = TRUE), infer = TRUE))[, c("estimate", "SE", "df", "lower.CL", "upper.CL")],
             c("emmean", "SE", "df", "lower.CL", "upper.CL")))
  for (column in names(table)) put('"teeth, least-squares means"', kind, column, table[[column]])
}
means("satterthwaite"); means("kenward-roger")

holed <- within(with_holes(teeth), { place <- as.integer(visit + 1); v <- factor(visit); sex <- factor(female) })
ar <- gls(score ~ v * sex, holed, correlation = corAR1(form = ~ place | id), control = tight)
X <- model.matrix(~ v * sex, holed)
whole <- function(t) {
  V <- outer(holed$id, holed$id, "==") * tanh(t[2])^abs(outer(holed$place, holed$place, "-"))
  exp(2 * t[1]) * V
}
deviance_at <- function(t) {
  V <- whole(t); Vi <- solve(V); phi <- solve(t(X) %*% Vi %*% X)
  r <- holed$score - X %*% phi %*% t(X) %*% Vi %*% holed$score
  as.numeric(determinant(V)$modulus - determinant(phi)$modulus + t(r) %*% Vi %*% r)
}
at <- c(log(ar$sigma), atanh(coef(ar$modelStruct$corStruct, unconstrained = FALSE)))
curved <- optimHess(at, deviance_at, control = list(ndeps = c(1e-3, 1e-3)))
df_of <- function(l) {
  variance <- function(t) as.numeric(t(l) %*% solve(t(X) %*% solve(whole(t)) %*% X, l))
  slope <- sapply(1:2, function(i) { e <- replace(c(0, 0), i, 1e-4); (variance(at + e) - variance(at - e)) / 2e-4 })
  2 * variance(at)^2 / as.numeric(slope %*% (2 * solve(curved)) %*% slope)
}
boys <- c(1, 0, 0, 1, 0, 0, 0, 0); girls <- c(1, 0, 0, 1, 1, 0, 0, 1)
put('"teeth, least-squares means, AR(1)"', "dense", "df", c(df_of(boys), df_of(girls)))
put('"teeth, least-squares means, AR(1)"', "emmeans of gls", "df",
    as.data.frame(suppressMessages(emmeans(ar, ~ sex, at = list(v = "3"), mode = "satterthwaite")))$df)

wide <- reshape(teeth[, c("id", "score", "visit", "female")], idvar = c("id", "female"), timevar = "visit", direction = "wide")
Y <- as.matrix(wide[, 3:6]); fit <- lm(Y ~ female, wide)
put('"teeth, means"', "mlm", "sigma", c(estVar(fit)))
put('"teeth, means"', "mlm", "coefficient", c(t(coef(fit))))
put('"teeth, means"', "mlm", "standard error", sqrt(c(outer(diag(estVar(fit)), diag(solve(crossprod(model.matrix(fit))))))))
growth <- t.test(wide$score.3 - wide$score.0 ~ wide$female, var.equal = TRUE)
put('"teeth, means"', "t test of growth", "estimate", growth$estimate[1] - growth$estimate[2])
put('"teeth, means"', "t test of growth", "standard error", growth$stderr)
put('"teeth, means"', "t test of growth", "limits", growth$conf.int)
nights <- reshape(sleep[, c("id", "score", "visit")], idvar = "id", timevar = "visit", direction = "wide")
ten <- as.matrix(nights[, -1])
put('"sleep, means"', "mlm", "sigma", c(cov(ten))); put('"sleep, means"', "mlm", "coefficient", colMeans(ten))
slept <- t.test(ten[, 10], ten[, 1], paired = TRUE)
put('"sleep, means"', "paired t test", "estimate", slept$estimate); put('"sleep, means"', "paired t test", "limits", slept$conf.int)
writeLines(lines, "real_scores.csv")
