// Sets in memory, subsets and mapped functions: every way to a sample gives the same sample.
#include <attune/data/set.hpp>
#include <attune/ops.hpp>
#include <attune/random.hpp>
#include <attune/threads.hpp>
#include <chrono>
#include <numeric>

#include "core/parallel.hpp"
#include "tests/data/check.hpp"

using namespace attune;
using attune::tests::elements;
using attune::tests::same;
using attune::tests::throws;

namespace {

constexpr DType every_type[] = {f32, f64, i64, i32, u8, boolean};

Tensor counting(const Shape& shape, DType dtype) {
  std::vector<double> values(static_cast<std::size_t>(shape.numel()));
  std::iota(values.begin(), values.end(), 0.0);
  if (dtype == u8) {
    for (double& value : values) value = static_cast<int>(value) % 256;
  }
  return tensor(values, shape).to(dtype);
}

data::Set small_set() { return data::Set(counting({7, 2}, f32), counting({7}, i64)); }

// The samples one by one, stacked by the test itself.
void check_gather(const data::Set& set, const std::vector<std::int64_t>& indices) {
  const auto all = set.gather(indices);
  BOOST_REQUIRE(all.size() == set.fields().size());
  for (std::size_t f = 0; f < all.size(); ++f) {
    BOOST_TEST(all[f].size(0) == static_cast<std::int64_t>(indices.size()));
    const Tensor column = set.column(set.fields()[f].name);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      BOOST_TEST(same(all[f][static_cast<std::int64_t>(i)], column[indices[i]]));
    }
    Shape sample = all[f].shape();
    sample.erase(0);
    BOOST_TEST(sample == set.fields()[f].shape);
    BOOST_TEST(all[f].dtype() == set.fields()[f].dtype);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sets)

BOOST_AUTO_TEST_CASE(gather_in_every_type_and_row_size) {
  for (const DType dtype : every_type) {
    for (const Shape& sample : {Shape{}, Shape{1}, Shape{2}, Shape{3}, Shape{4}, Shape{2, 5}}) {
      Shape shape = sample;
      shape.insert(0, 9);
      check_gather(data::Set(counting(shape, dtype), counting({9}, i64)), {8, 0, 3, 3, 1});
    }
  }
  check_gather(small_set(), {});
}

BOOST_AUTO_TEST_CASE(contiguous_samples_are_shared_and_others_copied) {
  const Tensor x = counting({6, 3}, f32);
  const data::Set set(x, counting({6}, i64));
  BOOST_TEST(set.column("x").shares_storage(x));
  std::vector<Tensor> out(2);
  set.source()->range(2, 3, 0, out);
  BOOST_TEST(out[0].shares_storage(x));
  BOOST_TEST(same(out[0], narrow(x, 0, 2, 3)));

  const data::Set turned(transpose(x, 0, 1), counting({3}, i64));
  BOOST_TEST(same(turned.gather({1})[0][0], transpose(x, 0, 1)[1]));
}

BOOST_AUTO_TEST_CASE(large_gathers_are_the_same_at_any_number_of_threads) {
  const Tensor x = counting({500, 784}, u8);
  const data::Set set =
      data::in_memory({{"x", x, true}, {"x_raw", x}, {"y", counting({500}, i64)}});
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < 900; ++i) indices.push_back(i * 7919 % 500);
  const int before = threads();
  threads(1);
  const auto one = set.gather(indices);
  threads(8);
  internal::CountThreads count;
  auto eight = set.gather(indices);
  // On a busy machine the caller may be through before a second thread is awake.
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (count.distinct() < 2 && std::chrono::steady_clock::now() < until)
    eight = set.gather(indices);
  BOOST_TEST(count.distinct() > 1);
  threads(before);
  for (std::size_t f = 0; f < one.size(); ++f) BOOST_TEST(same(one[f], eight[f]));
  BOOST_TEST(same(one[0], one[1].to(f32) * (1.0f / 255)));
  BOOST_TEST(elements<float>(one[0])[255] == 1.0f);
}

BOOST_AUTO_TEST_CASE(subset_of_subset) {
  const data::Set set = small_set();
  const data::Set inner = data::subset(data::subset(set, {6, 5, 4, 1}), {3, 0, 0});
  BOOST_TEST(inner.size() == 3);
  const std::vector<std::int64_t> expected{1, 6, 6};
  BOOST_TEST(elements<std::int64_t>(inner.column("y")) == expected);
  BOOST_TEST(inner.labels() == expected);
  check_gather(inner, {2, 1, 0});
  std::vector<Tensor> out(2);
  data::subset(set, {0, 3, 4, 5}).source()->range(1, 3, 0, out);
  BOOST_TEST(out[0].shares_storage(set.column("x")));
  BOOST_TEST(elements<std::int64_t>(out[1]) == (std::vector<std::int64_t>{3, 4, 5}));
  BOOST_TEST(data::subset(set, {}).empty());
  throws(ErrorKind::index, {"index 7", "position 1", "7 samples"}, [&] {
    data::subset(set, {0, 7});
  });
}

BOOST_AUTO_TEST_CASE(names_travel_along) {
  const data::Set set = small_set().with_names({{"a", "b"}, {"u", "v"}});
  const auto is_there = [](const data::Set& other) {
    BOOST_TEST(other.names().classes.at(1) == "b");
    BOOST_TEST(other.names().features.at(0) == "u");
    BOOST_TEST(other.classes() == 2);
  };
  is_there(data::subset(set, {1, 2}));
  is_there(data::mapped(set, [](const Tensor& x) { return x; }));
  BOOST_TEST(small_set().classes() == 7);
  const auto first = [](const Tensor& x) { return narrow(x, 0, 0, 1); };
  BOOST_TEST(data::mapped(set, first).names().features.empty());  // of which columns?
}

BOOST_AUTO_TEST_CASE(a_function_sees_every_sample_alone) {
  const data::Set set = data::mapped(small_set(), [](const Tensor& x) { return x * 10 + 1; });
  check_gather(set, {5, 2, 2});
  BOOST_TEST(same(set.gather({3})[0], small_set().gather({3})[0] * 10 + 1));
  const data::Set wider = data::mapped(small_set(), [](const Tensor& x) {
    return reshape(x, {2, 1}).to(f64);
  });
  BOOST_TEST(wider.fields()[0].shape == (Shape{2, 1}));
  BOOST_TEST(wider.fields()[0].dtype == f64);
  const data::Set of_y =
      data::mapped(small_set(), [](const Tensor& y) { return y + 1; }, {.field = "y"});
  BOOST_TEST(of_y.labels().at(2) == 3);
}

BOOST_AUTO_TEST_CASE(a_function_may_write_to_what_it_is_given) {
  const data::Set base = small_set();
  const auto before = elements<float>(base.column("x"));
  const data::Set set = data::mapped(base, [](const Tensor& x) {
    Tensor same = x;
    return same.copy_(x * 2.0);
  });
  const auto once = elements<float>(set.column("x"));
  BOOST_TEST(elements<float>(set.column("x")) == once);
  BOOST_TEST(elements<float>(base.column("x")) == before);
}

BOOST_AUTO_TEST_CASE(a_part_is_made_of_its_own_samples) {
  const data::Set set =
      data::mapped(small_set(), [](const Tensor& x) { return x - mean(x); }, {.per_batch = true});
  const data::Set part = data::subset(set, {0, 1, 2});
  const std::vector<std::int64_t> all{0, 1, 2};
  BOOST_TEST(same(part.column("x"), part.gather(all)[0]));
  int calls = 0;  // the other fields are not made
  const data::Set counted = data::mapped(small_set(), [&](const Tensor& x) {
    ++calls;
    return x;
  });
  const int before = calls;
  BOOST_TEST(data::subset(counted, {5, 1}).labels() == (std::vector<std::int64_t>{5, 1}));
  BOOST_TEST(calls == before);
}

BOOST_AUTO_TEST_CASE(random_functions_depend_on_seed_epoch_and_sample_alone) {
  const auto noise = [](const Tensor& x) {
    return x + static_cast<double>(Random::state().seed % 97) +
           static_cast<double>(Random::state().stream % 1009) * 1e-3 +
           static_cast<double>(Random::state().counter >> 32);
  };
  const data::Set set = data::mapped(small_set(), noise, {.seed = 3});
  const std::vector<std::int64_t> all{0, 1, 2, 3, 4, 5, 6}, some{4, 1};
  const int before = threads();
  threads(8);
  const auto together = set.gather(all, 2);
  threads(1);
  const auto alone = set.gather(some, 2);
  threads(before);
  BOOST_TEST(same(alone[0][0], together[0][4]));
  BOOST_TEST(same(alone[0][1], together[0][1]));
  BOOST_TEST(!same(set.gather(some, 3)[0], alone[0]));
  BOOST_TEST(!same(data::mapped(small_set(), noise, {.seed = 4}).gather(some, 2)[0], alone[0]));
}

BOOST_AUTO_TEST_CASE(a_function_of_whole_batches) {
  const data::Set set = data::mapped(small_set(),
                                     [](const Tensor& x) {
                                       BOOST_TEST(x.dim() == 2);
                                       return x + 1;
                                     },
                                     {.per_batch = true});
  check_gather(set, {6, 0});
  BOOST_TEST(set.gather(std::vector<std::int64_t>{})[0].shape() == (Shape{0, 2}));
  throws(ErrorKind::shape, {"axis 0"}, [] {
    data::mapped(small_set(), [](const Tensor& x) { return x[0]; }, {.per_batch = true});
  });
}

BOOST_AUTO_TEST_CASE(errors_teach) {
  const data::Set set = small_set();
  throws(ErrorKind::index, {"index -1", "position 0"}, [&] { set.gather({-1}); });
  throws(ErrorKind::value, {"\"z\"", "x, y"}, [&] { set.column("z"); });
  throws(ErrorKind::shape, {"7 samples", "6"},
         [] { data::Set(counting({7}, f32), counting({6}, i64)); });
  throws(ErrorKind::shape, {"axis 0"}, [] { data::Set(scalar_tensor(1), counting({6}, i64)); });
  throws(ErrorKind::value, {"\"x\""}, [] {
    data::in_memory({{"x", counting({2}, f32)}, {"x", counting({2}, f32)}});
  });
  throws(ErrorKind::dtype, {"1/255", "f32"}, [] {
    data::in_memory({{"x", counting({2}, f32), true}});
  });
  throws(ErrorKind::value, {"no classes"},
         [] { data::Set(counting({2}, f32), counting({2}, f32)).labels(); });
  throws(ErrorKind::index, {"sample 1", "-1"}, [] {
    data::Set(counting({2}, f32), tensor({0, -1})).labels();
  });
  throws(ErrorKind::value, {"empty"},
         [] { data::mapped(data::Set(), [](const Tensor& x) { return x; }); });
  throws(ErrorKind::value, {"empty"}, [] { data::Set().column("x"); });
  // The function sees sample 0 first, then returns another shape for sample 1.
  const data::Set ragged = data::mapped(set, [](const Tensor& x) {
    return x.data<float>()[0] > 0 ? reshape(x, {2, 1}) : x;
  });
  throws(ErrorKind::shape, {"[2, 1]", "sample 1", "[2]"}, [&] { ragged.gather({0, 1}); });
}

BOOST_AUTO_TEST_SUITE_END()
