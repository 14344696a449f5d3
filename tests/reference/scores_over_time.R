# Models of scores over time as a study file asks for them: nlme's Orthodont (27 children, ages 8, 10, 12, 14; group = sex)
# and the Boulder trial (three arms, baseline and one month). Writes scores_over_time.csv.
#   emmeans: covariates at their means, categories by weights = "outer" (the share of each level), contrasts at each visit
#   lmer(... + (1 | id)) is compound symmetry, its df Kenward and Roger's by pbkrtest; gls is unstructured, without df
# "holes" are Orthodont with every seventh row (the first is row 1) taken out.
# Run: Rscript scores_over_time.R [folder of boulder_2022.csv]   (from this folder). Long format: set, table, quantity, place, value.
suppressMessages({library(nlme); library(lme4); library(lmerTest); library(pbkrtest); library(emmeans)})
lines <- c(paste0("# ", R.version.string, ", nlme ", packageVersion("nlme"), ", lme4 ", packageVersion("lme4"),
                  ", lmerTest ", packageVersion("lmerTest"), ", pbkrtest ", packageVersion("pbkrtest"), ", emmeans ",
                  packageVersion("emmeans")), "set,table,quantity,place,value")
put <- function(set, table, quantity, values) for (i in seq_along(values))
  lines <<- c(lines, sprintf("%s,%s,%s,%d,%.12g", set, table, quantity, i - 1, values[i]))
columns <- c("SE", "df", "lower.CL", "upper.CL")
put_table <- function(set, table, found, estimate) {
  found <- as.data.frame(summary(found, infer = TRUE))
  put(set, table, "estimate", found[[estimate]])
  for (column in intersect(columns, names(found))) put(set, table, column, found[[column]])
}

teeth <- as.data.frame(nlme::Orthodont)
teeth <- data.frame(id = factor(as.character(teeth$Subject)), score = teeth$distance, age = teeth$age,
                    visit = factor(teeth$age), sex = factor(teeth$Sex, levels = c("Female", "Male")))
holes <- teeth[seq_len(nrow(teeth)) %% 7 != 1, ]
fixed <- lmerControl(optimizer = "nloptwrap", optCtrl = list(xtol_abs = 1e-14, ftol_abs = 1e-15, maxeval = 1e5))

# Means by sex and age, compound symmetry, linear Kenward-Roger. Places: girls at each age, then boys.
fit <- lmerTest::lmer(score ~ sex * visit + (1 | id), holes, REML = TRUE, control = fixed)
grid <- emmeans(fit, ~ visit * sex, lmer.df = "kenward-roger")
put_table("teeth holes", "means", grid, "emmean")
put_table("teeth holes", "boys less girls", contrast(grid, "revpairwise", by = "visit", adjust = "none"), "estimate")
put_table("teeth holes", "less age 8", contrast(grid, "trt.vs.ctrl1", by = "sex", adjust = "none"), "estimate")
smaller <- lmerTest::lmer(score ~ sex + visit + (1 | id), holes, REML = TRUE, control = fixed)
test <- KRmodcomp(fit, smaller)$stats
put("teeth holes", "sex by visit", "test", c(test$Fstat, test$ndf, test$ddf, test$p.value))

# The same, unstructured, by gls: estimates and standard errors.
unstructured <- gls(score ~ sex * visit, holes, correlation = corSymm(form = ~ as.integer(visit) | id),
  weights = varIdent(form = ~ 1 | visit), control = glsControl(tolerance = 1e-13, msTol = 1e-15, maxIter = 1000, msMaxIter = 1000))
means <- as.data.frame(summary(emmeans(unstructured, ~ visit * sex, mode = "df.error", data = holes)))
put("teeth holes unstructured", "means", "estimate", means$emmean)
put("teeth holes unstructured", "means", "SE", means$SE)

# Age 8 as the baseline, later ages as visits, a made-up site of unequal shares: covariates at their means.
at8 <- teeth$score[teeth$age == 8]; names(at8) <- teeth$id[teeth$age == 8]
later <- droplevels(teeth[teeth$age > 8, ])
later$baseline <- at8[as.character(later$id)]
children <- sort(unique(as.character(later$id)))  # F01 to F11, M01 to M16
site <- c("a", "b", "a", "c", "a")[(seq_along(children) - 1) %% 5 + 1]; names(site) <- children
later$site <- factor(site[as.character(later$id)])
with_covariates <- lmerTest::lmer(score ~ sex * visit + baseline * visit + site + (1 | id), later, REML = TRUE, control = fixed)
grid <- emmeans(with_covariates, ~ visit * sex, weights = "outer", lmer.df = "kenward-roger")
put_table("teeth from age 8", "means", grid, "emmean")
put_table("teeth from age 8", "boys less girls", contrast(grid, "revpairwise", by = "visit", adjust = "none"), "estimate")
put("teeth from age 8", "held at", "baseline", mean(at8))

# The Boulder trial: pain at one month by arm with pain before, analysis of covariance. Arms in the order of their names.
folder <- commandArgs(trailingOnly = TRUE)
if (length(folder) == 0) folder <- "../../../shared/data/boulder"
raw <- read.csv(file.path(folder, "boulder_2022.csv"), na.strings = c("NA", "", "<undefined>"))
raw <- raw[!is.na(raw$group), ]
arms <- c("therapy", "placebo injection", "usual care")
wide <- merge(raw[raw$time == 1, c("id", "group", "pain_avg")], raw[raw$time == 2, c("id", "pain_avg")], by = "id",
              suffixes = c(".before", ".after"))
wide$arm <- factor(arms[as.integer(wide$group)])
ancova <- lm(pain_avg.after ~ arm + pain_avg.before, wide)
put("boulder", "n", "cases", c(nobs(ancova), sum(!is.na(wide$pain_avg.after))))
grid <- emmeans(ancova, ~ arm)
put_table("boulder", "means", grid, "emmean")
put_table("boulder", "less usual care", contrast(grid, "trt.vs.ctrl", ref = "usual care", adjust = "none"), "estimate")
test <- anova(lm(pain_avg.after ~ pain_avg.before, ancova$model), ancova)
put("boulder", "arms", "test", c(test$F[2], test$Df[2], test$Res.Df[2], test[["Pr(>F)"]][2]))
writeLines(lines, "scores_over_time.csv")
