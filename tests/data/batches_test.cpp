// Batches: every sample once an epoch, views where possible, the same at any number of threads and
// after a seek.
#include <algorithm>
#include <attune/data/batches.hpp>
#include <attune/data/split.hpp>
#include <attune/data/toy.hpp>
#include <attune/ops.hpp>
#include <attune/random.hpp>
#include <attune/threads.hpp>
#include <chrono>
#include <numeric>

#include "tests/data/check.hpp"

using namespace attune;
using attune::tests::elements;
using attune::tests::same;
using attune::tests::throws;
using Numbers = std::vector<std::int64_t>;

namespace {

// x[i] is i in every element, y[i] = i.
data::Set numbered(std::int64_t n, std::int64_t width = 2) {
  Numbers y(static_cast<std::size_t>(n));
  std::iota(y.begin(), y.end(), std::int64_t{0});
  const Tensor column = tensor(y);
  return data::Set(expand(unsqueeze(column.to(f32), 1), {n, width}), column);
}

Numbers order_of(data::Batches<2> range) {
  Numbers order;
  for (auto [x, y] : range) {
    BOOST_TEST(x.size(0) == y.size(0));
    const Numbers part = elements<std::int64_t>(y);
    const auto values = elements<float>(x);
    const auto width = values.size() / part.size();
    for (std::size_t i = 0; i < part.size(); ++i) {
      BOOST_TEST(values[i * width] == static_cast<float>(part[i]));
      BOOST_TEST(values[(i + 1) * width - 1] == static_cast<float>(part[i]));
    }
    order.insert(order.end(), part.begin(), part.end());
  }
  return order;
}

Numbers sorted(Numbers values) {
  std::sort(values.begin(), values.end());
  return values;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(batch_streams)

BOOST_AUTO_TEST_CASE(every_sample_once) {
  for (const std::int64_t n : {1, 7, 64, 100}) {
    for (const std::int64_t size : {1, 7, 64, 128}) {
      for (const bool shuffle : {false, true}) {
        const data::Set set = numbered(n);
        const Numbers all = elements<std::int64_t>(set.column("y"));
        const Numbers order =
            order_of(data::batches(set, {.size = size, .shuffle = shuffle, .seed = 1}));
        BOOST_TEST(sorted(order) == all, boost::test_tools::per_element());
        if (!shuffle) BOOST_TEST(order == all);
        BOOST_TEST(data::batches(set, {.size = size}).size() == (n + size - 1) / size);
        if (size > n) continue;
        const Numbers whole = order_of(
            data::batches(set, {.size = size, .shuffle = shuffle, .seed = 1, .drop_last = true}));
        BOOST_TEST(whole == Numbers(order.begin(), order.begin() + n / size * size));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(seed_and_epoch_give_the_order) {
  const data::Set set = numbered(100);
  const auto order = [&](std::uint64_t seed, std::int64_t epoch) {
    return order_of(
        data::batches(set, {.size = 30, .shuffle = true, .seed = seed, .epoch = epoch}));
  };
  BOOST_TEST(order(1, 0) == order(1, 0));
  BOOST_TEST(order(1, 0) != order(1, 1));
  BOOST_TEST(order(1, 0) != order(2, 0));
  BOOST_TEST(order(1, 1) != order(2, 0));
}

BOOST_AUTO_TEST_CASE(numpy_legacy_is_its_permutation) {
  const data::Set set = numbered(300);
  for (const std::int64_t epoch : {0, 3}) {
    const Numbers order = order_of(data::batches(set, {.size = 64,
                                                       .shuffle = true,
                                                       .seed = 11,
                                                       .epoch = epoch,
                                                       .order = data::Order::numpy_legacy}));
    BOOST_TEST(order == NumpyLegacy(static_cast<std::uint32_t>(11 + epoch)).permutation(300));
    if (epoch > 0) continue;
    const Numbers by_numpy{174, 113, 86, 239, 12, 252, 261, 39};  // tests/references/toy_sets.py
    BOOST_TEST(Numbers(order.begin(), order.begin() + 8) == by_numpy);
  }
}

BOOST_AUTO_TEST_CASE(a_stream_that_was_moved_from_says_so) {
  data::BatchStream from(numbered(10), {.size = 5});
  const data::BatchStream to = std::move(from);
  std::vector<Tensor> fields(to.set().fields().size());
  throws(ErrorKind::state, {"moved from"}, [&] { from.next(fields); });
  throws(ErrorKind::state, {"moved from"}, [&] { from.size(); });
}

BOOST_AUTO_TEST_CASE(numpy_legacy_takes_the_seeds_that_numpy_takes) {
  const data::Set set = numbered(10);
  for (const std::uint64_t seed : {std::uint64_t{1} << 33, std::uint64_t{0xffffffff}}) {
    throws(ErrorKind::value, {"2^32", std::to_string(seed)}, [&] {
      order_of(data::batches(set, {.size = 5,
                                   .shuffle = true,
                                   .seed = seed,
                                   .epoch = 3,
                                   .order = data::Order::numpy_legacy}));
    });
  }
}

BOOST_AUTO_TEST_CASE(in_order_batches_are_views) {
  const data::Set set = numbered(10);
  const Tensor whole = set.column("x");
  for (auto [x, y] : data::batches(set, {.size = 4})) BOOST_TEST(x.shares_storage(whole));
  for (auto [x, y] : data::batches(set, {.size = 4, .shuffle = true})) {
    BOOST_TEST(!x.shares_storage(whole));
  }
}

BOOST_AUTO_TEST_CASE(prepared_ahead_is_the_same) {
  const data::Set set = numbered(1000, 400);
  const data::BatchOptions options{.size = 256, .shuffle = true, .seed = 4};
  const int before = threads();
  threads(1);
  const Numbers alone = order_of(data::batches(set, options));
  threads(8);
  const Numbers ahead = order_of(data::batches(set, options));
  threads(before);
  BOOST_TEST(alone == ahead, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_seek_finds_the_place) {
  const int before = threads();
  threads(2);
  for (const std::int64_t width : {2, 400}) {  // the second is prepared ahead
    const data::Set set = numbered(1000, width);
    const data::BatchOptions options{.size = 300, .shuffle = true, .seed = 9};
    data::BatchStream walk(set, options);
    std::vector<data::BatchPosition> places;
    std::vector<Numbers> seen;
    std::vector<Tensor> out(2);
    while (walk.position().epoch < 3) {
      places.push_back(walk.position());
      if (walk.next(out))
        seen.push_back(elements<std::int64_t>(out[1]));
      else
        places.pop_back();
    }
    BOOST_TEST(seen.size() == 12u);
    data::BatchStream other(set, options);
    for (const std::size_t i : {7u, 2u, 2u, 11u, 4u, 0u}) {
      other.seek(places[i]);
      BOOST_TEST((other.position() == places[i]));
      BOOST_REQUIRE(other.next(out));
      BOOST_TEST(elements<std::int64_t>(out[1]) == seen[i], boost::test_tools::per_element());
    }
    other.seek({1, 4});  // saved in the body of the last batch: only the end of the epoch is left
    BOOST_TEST(!other.next(out));
    BOOST_TEST((other.position() == data::BatchPosition{2, 0}));
    throws(ErrorKind::index, {"no batch 5", "4 batches"}, [&] { other.seek({1, 5}); });
  }
  threads(before);
}

BOOST_AUTO_TEST_CASE(a_kept_range_goes_from_epoch_to_epoch) {
  const data::Set set = numbered(20);
  auto stream = data::batches(set, {.size = 8, .shuffle = true, .seed = 2});
  std::vector<Numbers> epochs;
  while (stream.position().epoch < 3) {
    Numbers order;
    std::int64_t count = 0;
    for (auto [x, y] : stream) {
      BOOST_TEST(stream.position().batch == ++count);
      const Numbers part = elements<std::int64_t>(y);
      order.insert(order.end(), part.begin(), part.end());
    }
    epochs.push_back(order);
  }
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    BOOST_TEST(
        epochs[static_cast<std::size_t>(epoch)] ==
        order_of(data::batches(set, {.size = 8, .shuffle = true, .seed = 2, .epoch = epoch})));
  }
}

BOOST_AUTO_TEST_CASE(other_numbers_of_fields) {
  const data::Set three =
      data::in_memory({{"x", zeros({4, 1})}, {"y", zeros({4}, i64)}, {"w", ones({4})}});
  for (auto [x, y, w] : data::batches<3>(three, {.size = 3})) BOOST_TEST(w.size(0) == x.size(0));
  throws(ErrorKind::value, {"3 (x, y, w)", "batches<3>"}, [&] { data::batches(three); });
}

BOOST_AUTO_TEST_CASE(errors_reach_the_loop) {
  const data::Set set = data::mapped(numbered(8), [](const Tensor& x) {
    if (x.data<float>()[0] == 5) throw Error(ErrorKind::value, "sample 5 is broken");
    return x;
  });
  const int before = threads();
  for (const int n : {1, 2}) {
    threads(n);
    int good = 0;
    throws(ErrorKind::value, {"sample 5"}, [&] {
      for (auto [x, y] : data::batches(set, {.size = 2})) ++good;
    });
    BOOST_TEST(good == 2);
  }
  threads(before);
  throws(ErrorKind::value, {"empty"}, [] { data::batches(data::Set()); });
  throws(ErrorKind::value, {"at least 1"}, [] { data::batches(numbered(3), {.size = 0}); });
  throws(ErrorKind::value, {"drop_last", "3 samples"},
         [] { data::batches(numbered(3), {.size = 4, .drop_last = true}); });
  throws(ErrorKind::value, {"epoch -1"}, [] { data::batches(numbered(3), {.epoch = -1}); });
}

// Printed, not judged: the machine may be busy. The budget is 1 us a batch.
BOOST_AUTO_TEST_CASE(what_a_small_batch_costs) {
  const data::Set set = data::moons(300, {.noise = 0.2, .seed = 3});
  for (const data::Order order : {data::Order::philox, data::Order::numpy_legacy}) {
    std::int64_t count = 0;
    double best = 1e9;
    for (int round = 0; round < 20; ++round) {
      const auto start = std::chrono::steady_clock::now();
      std::int64_t now = 0;
      for (std::int64_t epoch = 0; epoch < 200; ++epoch) {
        for (auto [x, y] : data::batches(
                 set, {.size = 64, .shuffle = true, .seed = 11, .epoch = epoch, .order = order})) {
          now += x.size(0) > 0;
        }
      }
      const std::chrono::duration<double, std::micro> time =
          std::chrono::steady_clock::now() - start;
      best = std::min(best, time.count() / static_cast<double>(now));
      count += now;
    }
    BOOST_TEST(count == 20 * 200 * 5);
    BOOST_TEST_MESSAGE("a batch of 64 x 2 f64, order " << static_cast<int>(order) << ": " << best
                                                       << " us");
  }
}

BOOST_AUTO_TEST_SUITE_END()
