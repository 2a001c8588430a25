// Splits and folds as partitions: over many sizes, shares, seeds and class mixtures.
#include <algorithm>
#include <attune/data/batches.hpp>
#include <attune/data/shipped.hpp>
#include <attune/data/split.hpp>
#include <attune/ops.hpp>
#include <attune/threads.hpp>
#include <cmath>
#include <map>

#include "tests/data/check.hpp"

using namespace attune;
using attune::tests::elements;
using attune::tests::throws;
using Numbers = std::vector<std::int64_t>;

namespace {

// x is the number of the sample; classes of unequal size.
data::Set numbered(std::int64_t n, std::int64_t classes) {
  Numbers x, y;
  for (std::int64_t i = 0; i < n; ++i) {
    x.push_back(i);
    y.push_back(i * i % 7 % classes);
  }
  return data::Set(tensor(x), tensor(y));
}

Numbers samples_of(const data::Set& set) {
  return set.empty() ? Numbers{} : elements<std::int64_t>(set.column("x"));
}

std::map<std::int64_t, std::int64_t> counts(const data::Set& set) {
  std::map<std::int64_t, std::int64_t> result;
  if (!set.empty()) {
    for (const std::int64_t label : set.labels()) ++result[label];
  }
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(splits)

BOOST_AUTO_TEST_CASE(parts_hold_every_sample_once_in_proportion) {
  for (const std::int64_t n : {10, 57, 200}) {
    for (const double dev : {0.0, 0.1, 0.35}) {
      for (const double test : {0.0, 0.2, 0.5}) {
        for (const bool stratify : {false, true}) {
          if (dev == 0 && test == 0) continue;
          const data::Set set = numbered(n, 3);
          if (n == 10 && stratify) continue;  // a class may be too small
          const data::Split parts =
              data::split(set, {.dev = dev, .test = test, .seed = 5, .stratify = stratify});
          Numbers all = samples_of(parts.train);
          for (const data::Set* part : {&parts.dev, &parts.test}) {
            const Numbers samples = samples_of(*part);
            BOOST_TEST(std::is_sorted(samples.begin(), samples.end()));
            all.insert(all.end(), samples.begin(), samples.end());
          }
          std::sort(all.begin(), all.end());
          BOOST_TEST(all == samples_of(set), boost::test_tools::per_element());
          BOOST_TEST(parts.dev.size() == std::llround(dev * static_cast<double>(n)));
          BOOST_TEST(parts.test.size() == std::llround(test * static_cast<double>(n)));
          if (!stratify) continue;
          auto in_dev = counts(parts.dev), in_test = counts(parts.test);
          for (const auto& [label, count] : counts(set)) {
            const auto whole = static_cast<double>(count);
            BOOST_TEST(std::abs(static_cast<double>(in_dev[label]) - dev * whole) <= 1.5);
            BOOST_TEST(std::abs(static_cast<double>(in_test[label]) - test * whole) <= 1.5);
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_seed_decides_and_nothing_else) {
  const data::Set set = numbered(200, 4);
  const auto dev_of = [&](std::uint64_t seed) {
    return samples_of(data::split(set, {.dev = 0.3, .seed = seed}).dev);
  };
  const Numbers first = dev_of(1);
  const int before = threads();
  for (const int n : {1, 2, 8}) {
    threads(n);
    BOOST_TEST(dev_of(1) == first, boost::test_tools::per_element());
  }
  threads(before);
  BOOST_TEST(dev_of(2) != first);
  const Numbers folds = samples_of(data::kfold(set, {.folds = 4, .seed = 1})[0].dev);
  BOOST_TEST(folds != samples_of(data::kfold(set, {.folds = 4, .seed = 2})[0].dev));
}

BOOST_AUTO_TEST_CASE(a_test_part_of_its_own_is_kept) {
  const data::TrainTest set{data::TrainSet(numbered(50, 2)), numbered(8, 2)};
  auto [train, dev, test] = data::split(set, {.dev = 0.2, .seed = 1});
  static_assert(std::is_same_v<decltype(train), data::TrainSet>);
  static_assert(std::is_same_v<decltype(dev), data::Set>);
  BOOST_TEST(train.size() == 40);
  BOOST_TEST(dev.size() == 10);
  BOOST_TEST(samples_of(test) == samples_of(set.test));
  throws(ErrorKind::value, {"0.2", "8 samples", ".dev"},
         [&] { data::split(set, {.dev = 0.1, .test = 0.2}); });
}

BOOST_AUTO_TEST_CASE(folds_partition) {
  for (const int k : {2, 3, 5}) {
    for (const bool stratify : {false, true}) {
      const data::Set set = numbered(61, 3);
      const auto folds = data::kfold(set, {.folds = k, .seed = 3, .stratify = stratify});
      BOOST_TEST(folds.size() == static_cast<std::size_t>(k));
      Numbers held_out;
      for (const auto& [train, dev] : folds) {
        BOOST_TEST(std::abs(dev.size() - 61 / k) <= 1);
        BOOST_TEST(train.size() + dev.size() == 61);
        const Numbers inside = samples_of(dev);
        for (const std::int64_t sample : samples_of(train)) {
          BOOST_TEST(!std::binary_search(inside.begin(), inside.end(), sample));
        }
        held_out.insert(held_out.end(), inside.begin(), inside.end());
        if (!stratify) continue;
        auto in_dev = counts(dev);
        for (const auto& [label, count] : counts(set)) {
          BOOST_TEST(std::abs(static_cast<double>(in_dev[label]) - static_cast<double>(count) / k) <
                     1);
        }
      }
      std::sort(held_out.begin(), held_out.end());
      BOOST_TEST(held_out == samples_of(set), boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(training_sees_every_class) {
  std::vector<std::int64_t> labels(36, 2);
  for (std::size_t i = 0; i < 6; ++i) labels[i] = static_cast<std::int64_t>(i / 3);
  const data::Split parts =
      data::split(data::Set(zeros({36, 1}), tensor(labels)), {.dev = 0.45, .test = 0.45});
  BOOST_TEST(counts(parts.train).size() == 3u);
  BOOST_TEST(parts.dev.size() == 16);
  BOOST_TEST(parts.test.size() == 16);
}

BOOST_AUTO_TEST_CASE(errors_teach) {
  const data::Set set = numbered(20, 2);
  for (const double share : {-0.1, 1.0, 1.5, std::nan("")}) {
    throws(ErrorKind::value, {"dev", "between 0 and 1"}, [&] { data::split(set, {.dev = share}); });
  }
  throws(ErrorKind::value, {"no part", ".dev"}, [&] { data::split(set, {}); });
  throws(ErrorKind::value, {"0.01", "20 samples"}, [&] { data::split(set, {.dev = 0.01}); });
  throws(ErrorKind::value, {"none for training"},
         [&] { data::split(set, {.dev = 0.5, .test = 0.5}); });
  throws(ErrorKind::value, {"empty"}, [] { data::split(data::Set(), {.dev = 0.5}); });
  const Tensor x = zeros({5, 1});
  throws(ErrorKind::value, {"class 1 (b) has 2", "3 parts", ".stratify = false"}, [&] {
    data::split(data::Set(x, tensor({0, 1, 0, 1, 0})).with_names({{"a", "b"}, {}}),
                {.dev = 0.2, .test = 0.2});
  });
  throws(ErrorKind::value, {"no classes", ".stratify = false"},
         [&] { data::split(data::Set(x, zeros({5})), {.dev = 0.2}); });
  BOOST_TEST(data::split(data::Set(x, zeros({5})), {.dev = 0.2, .stratify = false}).dev.size() ==
             1);
  throws(ErrorKind::value, {"folds = 1"}, [&] { data::kfold(set, {.folds = 1}); });
  throws(ErrorKind::value, {"5 samples", "6 folds"},
         [&] { data::kfold(data::Set(x, zeros({5})), {.folds = 6}); });
  throws(ErrorKind::value, {"class 1", "has 2", "3 folds"}, [&] {
    data::kfold(data::Set(x, tensor({0, 1, 0, 1, 0})), {.folds = 3});
  });
}

BOOST_AUTO_TEST_SUITE_END()
