// Parts by class: a permutation of all samples is dealt out class by class.
#include "attune/data/split.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/fail.hpp"
#include "core/random.hpp"
#include "data/task.hpp"

namespace attune::data {

using attune::internal::fail;

namespace {

using Indices = std::vector<std::int64_t>;

// The samples in random order, class by class; one group where classes play no part. `least` is how
// many every class must have, for `parts`.
std::vector<Indices> groups_of(const char* operation, const Set& set, const RandomState& state,
                               bool stratify, std::int64_t least, const char* parts) {
  Indices order(static_cast<std::size_t>(set.size()));
  attune::internal::fill_permutation(order.data(), set.size(), attune::internal::draw_of(state));
  if (!stratify) return {std::move(order)};

  Indices labels;
  try {
    labels = set.labels();
  } catch (const Error& error) {
    fail(error.kind(), operation, "{}. Without classes, say .stratify = false", error.what());
  }
  Indices counts;
  Indices classes = labels;
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  std::vector<Indices> groups(classes.size());
  for (const std::int64_t sample : order) {
    const std::int64_t label = labels[static_cast<std::size_t>(sample)];
    const auto at = std::lower_bound(classes.begin(), classes.end(), label) - classes.begin();
    groups[static_cast<std::size_t>(at)].push_back(sample);
  }
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (static_cast<std::int64_t>(groups[i].size()) < least) {
      const auto& names = set.names().classes;
      const auto label = static_cast<std::size_t>(classes[i]);
      fail(ErrorKind::value, operation,
           "class {}{} has {} sample{}, fewer than the {} {}: leave it out, ask for fewer, or say "
           ".stratify = false",
           label, label < names.size() ? " (" + names[label] + ")" : "", groups[i].size(),
           groups[i].size() == 1 ? "" : "s", least, parts);
    }
  }
  return groups;
}

// How many of each group go to a part of `total` samples: their share, the largest remainders
// rounded up, never more than are left.
Indices shares_of(const std::vector<Indices>& groups, const Indices& left, std::int64_t total,
                  std::int64_t all) {
  Indices shares(groups.size()), remainders(groups.size());
  std::int64_t open = total;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::int64_t product = total * static_cast<std::int64_t>(groups[i].size());
    shares[i] = std::min(product / all, left[i]);
    remainders[i] = product % all;
    open -= shares[i];
  }
  Indices by_remainder(groups.size());
  std::iota(by_remainder.begin(), by_remainder.end(), std::int64_t{0});
  std::stable_sort(by_remainder.begin(), by_remainder.end(), [&](std::int64_t a, std::int64_t b) {
    return remainders[static_cast<std::size_t>(a)] > remainders[static_cast<std::size_t>(b)];
  });
  while (open > 0) {
    for (const std::int64_t i : by_remainder) {
      const auto at = static_cast<std::size_t>(i);
      if (open > 0 && shares[at] < left[at]) ++shares[at], --open;
    }
  }
  return shares;
}

void check_share(const char* name, double share) {
  if (!(share >= 0 && share < 1)) {
    fail(ErrorKind::value, "split", "{} = {}: the share of a part is between 0 and 1", name, share);
  }
}

std::int64_t part_size(const char* name, double share, std::int64_t all) {
  const auto size = static_cast<std::int64_t>(std::llround(share * static_cast<double>(all)));
  if (share > 0 && size == 0) {
    fail(ErrorKind::value, "split", "{} = {} of {} samples is no sample: ask for a larger share",
         name, share, all);
  }
  return size;
}

// Takes shares off the end of the groups; in the set's order.
Indices take(std::vector<Indices>& groups, const Indices& shares) {
  Indices part;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto from = groups[i].end() - shares[i];
    part.insert(part.end(), from, groups[i].end());
    groups[i].erase(from, groups[i].end());
  }
  std::sort(part.begin(), part.end());
  return part;
}

Set part_of(const Set& set, Indices indices) {
  return indices.empty() ? Set() : subset(set, std::move(indices));
}

}  // namespace

Split split(const Set& set, const SplitOptions& options) {
  check_share("dev", options.dev);
  check_share("test", options.test);
  if (options.dev == 0 && options.test == 0) {
    fail(ErrorKind::value, "split",
         "no part is asked for: give .dev, .test or both, as in .dev = 0.1");
  }
  if (set.empty()) fail(ErrorKind::value, "split", "the set is empty: nothing to divide");
  const std::int64_t dev = part_size("dev", options.dev, set.size());
  const std::int64_t test = part_size("test", options.test, set.size());
  if (dev + test >= set.size()) {
    fail(ErrorKind::value, "split",
         "dev = {} and test = {} of {} samples leave none for training: ask for smaller shares",
         options.dev, options.test, set.size());
  }
  const std::int64_t parts = 1 + (dev > 0) + (test > 0);
  std::vector<Indices> groups =
      groups_of("split", set, internal::task_state(internal::Task::split, options.seed),
                options.stratify, parts, "parts");

  // One of each class is for training, unless the other parts need it.
  Indices left;
  for (const Indices& group : groups) left.push_back(static_cast<std::int64_t>(group.size()) - 1);
  if (std::accumulate(left.begin(), left.end(), std::int64_t{0}) < dev + test) {
    for (std::int64_t& one : left) ++one;
  }
  const Indices dev_shares = shares_of(groups, left, dev, set.size());
  for (std::size_t i = 0; i < left.size(); ++i) left[i] -= dev_shares[i];
  const Indices test_shares = shares_of(groups, left, test, set.size());
  Indices dev_part = take(groups, dev_shares);
  Indices test_part = take(groups, test_shares);
  Indices rest;
  for (const Indices& group : groups) rest.insert(rest.end(), group.begin(), group.end());
  std::sort(rest.begin(), rest.end());
  return {TrainSet(subset(set, std::move(rest))), part_of(set, std::move(dev_part)),
          part_of(set, std::move(test_part))};
}

Split split(const TrainTest& set, const SplitOptions& options) {
  if (options.test != 0) {
    fail(ErrorKind::value, "split",
         "test = {}, but the set has a test part of its own, of {} samples: give .dev only",
         options.test, set.test.size());
  }
  Split parts = split(set.train, options);
  parts.test = set.test;
  return parts;
}

std::vector<Fold> kfold(const Set& set, const FoldOptions& options) {
  if (options.folds < 2) {
    fail(ErrorKind::value, "kfold", "folds = {}: at least 2, one to hold out and one to learn from",
         options.folds);
  }
  if (set.size() < options.folds) {
    fail(ErrorKind::value, "kfold", "{} samples do not fill {} folds: ask for fewer", set.size(),
         options.folds);
  }
  const std::vector<Indices> groups =
      groups_of("kfold", set, internal::task_state(internal::Task::folds, options.seed),
                options.stratify, options.folds, "folds");
  std::vector<int> fold_of(static_cast<std::size_t>(set.size()));
  int next = 0;  // goes on from class to class, so that the folds are of one size
  for (const Indices& group : groups) {
    for (const std::int64_t sample : group) {
      fold_of[static_cast<std::size_t>(sample)] = next;
      next = next + 1 == options.folds ? 0 : next + 1;
    }
  }
  std::vector<Fold> folds;
  for (int fold = 0; fold < options.folds; ++fold) {
    Indices inside, outside;
    for (std::int64_t i = 0; i < set.size(); ++i) {
      (fold_of[static_cast<std::size_t>(i)] == fold ? inside : outside).push_back(i);
    }
    folds.push_back({TrainSet(subset(set, std::move(outside))), subset(set, std::move(inside))});
  }
  return folds;
}

}  // namespace attune::data
