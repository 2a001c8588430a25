// What tests of fit share: a run from fresh weights, and what two runs must have in common to be
// the same.
#pragma once

#include <attune/attune.hpp>
#include <attune/train.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/train/factor.hpp"
#include "tests/train/setting.hpp"

namespace attune::tests {

struct Outcome {
  History history;
  std::string digest;
};

inline Outcome trained(const FitOptions& options, std::uint64_t weights = 1) {
  Net net = fresh_net(weights);
  optim::Optimizer opt = adam(net);
  Outcome outcome;
  outcome.history = fit(net, opt, moons(), quiet(options));
  outcome.digest = weights_digest(net);
  return outcome;
}

inline bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// The figures of two runs, but for the times.
inline void check_same(const History& a, const History& b) {
  BOOST_REQUIRE(a.epochs.size() == b.epochs.size());
  for (std::size_t i = 0; i < a.epochs.size(); ++i) {
    BOOST_TEST(a.epochs[i].epoch == b.epochs[i].epoch);
    BOOST_TEST(a.epochs[i].train_loss == b.epochs[i].train_loss);
    BOOST_TEST(same(a.epochs[i].dev_loss, b.epochs[i].dev_loss));
    BOOST_TEST(same(a.epochs[i].dev_metric, b.epochs[i].dev_metric));
    BOOST_TEST(a.epochs[i].best == b.epochs[i].best);
  }
  BOOST_TEST(a.best_epoch == b.best_epoch);
  BOOST_TEST(a.metric == b.metric);
  BOOST_TEST(a.stopped_early == b.stopped_early);
}

}  // namespace attune::tests
