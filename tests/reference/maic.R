# Matching-adjusted indirect comparison and simulated treatment comparison. Writes maic_cases.csv and maic.csv.
#   maic_baseline.txt  the 500 simulated patients that come with Roche's R package MAIC (inst/extdata/adsl.csv): age, sex,
#                      smoker, ECOG 0, in the order of the file; its published arm is inst/extdata/aggregate_data.csv
#   weights            the objective and gradient of NICE DSU Technical Support Document 18, appendix D, by optim BFGS
#   fixed              sandwich::vcovHC, type HC3, of weighted regressions (the document's sandwich)
#   estimated          stacked estimating equations of weights and means, differenced numerically; each case's part over
#                      1 less its leverage in the weighted regression on the arms and the moments
#   stc                lm and glm centred at the published means
# Outcomes and arms are simulated here. Run: Rscript maic.R   (from this folder)

suppressMessages(library(sandwich))
words <- unlist(strsplit(readLines("maic_baseline.txt"), " "))
cases <- data.frame(age = as.numeric(substr(words, 1, 2)), male = as.numeric(substr(words, 3, 3) == "M"),
                    smoke = as.numeric(substr(words, 4, 4)), ecog0 = as.numeric(substr(words, 5, 5)))
set.seed(2013)
n <- nrow(cases)
cases$arm <- rbinom(n, 1, 0.5)
cases$response <- rbinom(n, 1, plogis(-0.5 - 0.04 * (cases$age - 55) + 0.5 * cases$smoke + 0.7 * cases$arm))
cases$score <- round(40 - 0.5 * (cases$age - 55) + 4 * cases$ecog0 - 6 * cases$arm + rnorm(n, 0, 9), 1)
published <- c(age = 50.0633333333333, male = 0.49, smoke = 0.193333333333333, ecog0 = 0.35); age_sd <- 3.23535892601672

objfn <- function(a, X) sum(exp(X %*% a))
gradfn <- function(a, X) colSums(sweep(X, 1, exp(X %*% a), "*"))
x <- as.matrix(cases[, names(published)])
X <- cbind(sweep(x, 2, published), x[, "age"]^2 - (published["age"]^2 + age_sd^2))
scale <- apply(X, 2, sd); Z <- sweep(X, 2, scale, "/")
a <- rep(0, ncol(Z))
for (again in 1:5) a <- optim(a, objfn, gradfn, X = Z, method = "BFGS", control = list(reltol = 1e-16, maxit = 5000))$par
w <- as.numeric(exp(Z %*% a)); w_scaled <- w / sum(w) * n

out <- list()
add <- function(what, value) out[[length(out) + 1]] <<- data.frame(what = what, value = sprintf("%.12g", as.numeric(value)))
add("ess", sum(w)^2 / sum(w^2)); add("weight mean", mean(w)); add("weight sd", sd(w)); add("weight median", median(w))
add("weight largest", max(w)); add("scaled largest", max(w_scaled)); add("scaled median", median(w_scaled))
cases$w_scaled <- w_scaled

treated <- cases$arm == 1
for (y in c("response", "score")) {
  fit <- lm(cases[[y]] ~ 0 + factor(cases$arm), weights = w_scaled)
  V <- vcovHC(fit, type = "HC3")
  for (k in 1:2) { add(paste(y, "mean", k - 1), coef(fit)[k]); add(paste(y, "fixed se", k - 1), sqrt(V[k, k])) }
  # stacked equations: exp(Z a) Z = 0, exp(Z a) (y - mean) = 0 in each arm; central differences
  equations <- function(theta) {
    ww <- as.numeric(exp(Z %*% theta[1:ncol(Z)])); m <- theta[ncol(Z) + 1:2]
    cbind(ww * Z, ww * (!treated) * (cases[[y]] - m[1]), ww * treated * (cases[[y]] - m[2]))
  }
  theta <- c(a, coef(fit)); h <- 1e-5
  A <- sapply(seq_along(theta), function(j) {
    e <- replace(numeric(length(theta)), j, h)
    colSums(equations(theta + e) - equations(theta - e)) / (2 * h)
  })
  p <- ncol(Z)
  parts <- (equations(theta) %*% t(solve(A)))[, p + 1:2]
  for (k in 1:2) {
    of_arm <- hatvalues(lm(cases[[y]] ~ 1, weights = w, subset = treated == (k == 2)))
    leverage <- rowSums((sqrt(w) * Z) %*% solve(crossprod(sqrt(w) * Z)) * (sqrt(w) * Z))
    leverage[treated == (k == 2)] <- leverage[treated == (k == 2)] + of_arm
    parts[, k] <- parts[, k] / (1 - leverage)
  }
  S <- crossprod(parts)
  add(paste(y, "estimated se 0"), sqrt(S[1, 1])); add(paste(y, "estimated se 1"), sqrt(S[2, 2]))
  add(paste(y, "estimated covariance"), S[1, 2])
}
fit <- suppressWarnings(glm(response ~ arm, family = binomial, data = cases, weights = w_scaled, control = list(epsilon = 1e-14)))
add("log odds ratio", coef(fit)[2]); add("log odds ratio fixed se", sqrt(vcovHC(fit, type = "HC3")[2, 2]))
fit <- suppressWarnings(glm(response ~ arm, family = poisson, data = cases, weights = w_scaled, control = list(epsilon = 1e-14)))
add("log risk ratio", coef(fit)[2]); add("log risk ratio fixed se", sqrt(vcovHC(fit, type = "HC3")[2, 2]))

centred <- cases
for (name in names(published)) centred[[name]] <- cases[[name]] - published[name]
one <- centred[treated, ]
fit <- lm(score ~ age + male + smoke + ecog0, data = one)
add("stc score", coef(fit)[1]); add("stc score se", sqrt(vcov(fit)[1, 1])); add("stc score lower", confint(fit)[1, 1])
fit <- glm(response ~ age + male + smoke + ecog0, family = binomial, data = one, control = list(epsilon = 1e-14))
add("stc response", coef(fit)[1]); add("stc response se", sqrt(vcov(fit)[1, 1]))
fit <- lm(score ~ age + male + smoke + ecog0 + arm + arm:age, data = centred)
add("stc anchored score", coef(fit)["arm"]); add("stc anchored score se", sqrt(vcov(fit)["arm", "arm"]))
fit <- glm(response ~ age + male + smoke + ecog0 + arm + arm:age, family = binomial, data = centred, control = list(epsilon = 1e-14))
add("stc anchored response", coef(fit)["arm"]); add("stc anchored response se", sqrt(vcov(fit)["arm", "arm"]))

versions <- sprintf("# %s; sandwich %s", R.version.string, packageVersion("sandwich"))
save <- function(file, rows) {
  con <- file(file, "w"); writeLines(versions, con)
  write.csv(rows, con, row.names = FALSE, quote = FALSE); close(con)
}
save("maic.csv", do.call(rbind, out))
cases$w_scaled <- sprintf("%.10g", cases$w_scaled)
save("maic_cases.csv", cases)
