# The bootstrap distribution of a cumulative incidence at two days, by R's boot with cmprsk's cuminc, 20,000 replicates.
# The cases are made by a formula (Park and Miller's generator), so that the test can make the same ones:
#   Rscript tests/reference/bootstrap.R > tests/reference/bootstrap.csv
suppressPackageStartupMessages({library(boot); library(cmprsk)})

x <- numeric(72); state <- 2013
for (i in seq_along(x)) { state <- (16807 * state) %% 2147483647; x[i] <- state }
cases <- data.frame(time = 1 + x[1:36] %% 40, cause = floor(x[37:72] / 7) %% 3)
days <- c(15, 30)

incidence <- function(cases, drawn) {
  of_this <- cuminc(cases$time[drawn], cases$cause[drawn])[["1 1"]]
  if (is.null(of_this)) return(c(0, 0))
  sapply(days, function(day) max(of_this$est[of_this$time <= day]))
}

set.seed(2013)
drawn <- boot(cases, incidence, R = 20000)
cat(sprintf("# %s; boot %s; cmprsk %s; 20000 replicates, seed 2013\n", R.version.string, packageVersion("boot"),
            packageVersion("cmprsk")))
cat("day,estimate,mean,standard_deviation,lower,upper\n")
for (k in seq_along(days)) {
  limits <- boot.ci(drawn, type = "perc", index = k)$percent[4:5]
  cat(sprintf("%d,%.17g,%.17g,%.17g,%.17g,%.17g\n", days[k], drawn$t0[k], mean(drawn$t[, k]), sd(drawn$t[, k]),
              limits[1], limits[2]))
}
