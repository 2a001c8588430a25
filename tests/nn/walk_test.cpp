// Which fields a walk finds and what they are called. What it refuses stands in tests/compile_fail.
#include <attune/initialize.hpp>
#include <attune/model.hpp>
#include <attune/nn/activation.hpp>
#include <attune/nn/layer.hpp>
#include <attune/nn/linear.hpp>
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <functional>

#include "core/impl.hpp"
#include "tests/nn/expect.hpp"

using namespace attune;

namespace {

struct Part {
  Param w = Param::weight({1, 2});
};

class Listed {
 public:
  explicit Listed(std::int64_t n) : w_(Param::weight({n, n})), secret_([n] { return n; }) {}
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("w", self.w_);
  }

 private:
  Param w_;
  std::function<std::int64_t()> secret_;
};

enum class Kind { one };

struct Zoo {
  Param direct = Param::weight({1, 1});
  Param none;
  Buffer seen = Buffer::full({2}, 0.0);
  Part part;
  std::vector<Part> list{2};
  std::array<Part, 2> pair;
  std::optional<Part> some = Part{};
  std::optional<Part> nothing;
  std::tuple<Part, int, Part> mixed;
  std::pair<Part, double> two;
  std::unique_ptr<Part> owned = std::make_unique<Part>();
  std::unique_ptr<Part> empty;
  std::vector<std::vector<Part>> nested{2, std::vector<Part>(1)};
  nn::Layer layer = nn::Linear{1, 1};
  nn::Sequential row{nn::Linear{1, 1}, nn::ReLU{}, nn::Sequential{nn::Linear{1, 1}}};
  Listed listed{3};
  // Passed over.
  double p = 0.1;
  std::vector<bool> flags{true};
  std::vector<std::int64_t> sizes{1, 2};
  std::array<Shape, 2> shapes;
  std::string text = "x";
  const char* words = "y";
  Kind kind = Kind::one;
  DType dtype = f32;
  Shape shape;
  Tensor (*function)(const Tensor&) = &relu;
  struct {
    int inside = 0;
  } options;
};

std::vector<std::string> paths(const Params& params) {
  std::vector<std::string> result;
  for (const ParamHandle& param : params) result.push_back(param.path);
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(walk_test)

BOOST_AUTO_TEST_CASE(paths_are_the_names_of_the_fields) {
  const Zoo zoo{};
  const std::vector<std::string> expected = {
      "direct",       "part.w",       "list.0.w",       "list.1.w",     "pair.0.w",
      "pair.1.w",     "some.w",       "mixed.0.w",      "mixed.2.w",    "two.0.w",
      "owned.w",      "nested.0.0.w", "nested.1.0.w",   "layer.weight", "layer.bias",
      "row.0.weight", "row.0.bias",   "row.2.0.weight", "row.2.0.bias", "listed.w"};
  BOOST_TEST(paths(params(zoo)) == expected, boost::test_tools::per_element());
  BOOST_REQUIRE(buffers(zoo).size() == 1u);
  BOOST_TEST(buffers(zoo)[0].path == "seen");
  BOOST_TEST(zoo.direct.tensor().name() == "direct");
  BOOST_TEST(zoo.seen.tensor().name() == "seen");
}

BOOST_AUTO_TEST_CASE(a_part_has_paths_of_its_own_and_leaves_the_names_of_the_whole) {
  struct Whole {
    nn::Linear hidden{2, 3}, unhidden{3, 1};
  } whole;
  BOOST_TEST(params(whole.hidden)[0].path == "weight");
  BOOST_TEST(whole.hidden.weight.tensor().name() == "weight");  // nobody knows better yet
  params(whole);
  BOOST_TEST(whole.hidden.weight.tensor().name() == "hidden.weight");
  BOOST_TEST(params(whole.hidden)[0].path == "weight");
  BOOST_TEST(whole.hidden.weight.tensor().name() == "hidden.weight");
  // A field's name that ends as another's is another path.
  std::swap(whole.hidden.bias, whole.unhidden.bias);
  params(whole);
  BOOST_TEST(whole.hidden.bias.tensor().name() == "hidden.bias");
  struct Wider {
    Whole whole;
  } wider{whole};
  params(wider);
  BOOST_TEST(wider.whole.hidden.weight.tensor().name() == "whole.hidden.weight");
}

// Types that walk themselves, whatever the form; and one that adds nothing to its base class.
struct Quiet {
  nn::Linear inner{2, 2};
  void walk(Visitor& visitor) const noexcept { attune::walk(inner, visitor); }
};
struct General {
  nn::Linear inner{2, 2};
  template <class V>
  void walk(V& visitor) const {
    attune::walk(inner, visitor);
  }
};
struct Row : nn::Sequential {
  using nn::Sequential::Sequential;
};

BOOST_AUTO_TEST_CASE(a_type_may_walk_itself) {
  BOOST_TEST(params(Quiet{}).size() == 2u);
  BOOST_TEST(params(General{}).size() == 2u);
  BOOST_TEST(params(Row{nn::Linear{2, 3}, nn::ReLU{}}).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_container_of_layers_is_a_model) {
  const std::vector<nn::Linear> layers{nn::Linear{1, 2}, nn::Linear{2, 3}};
  BOOST_TEST(paths(params(layers))[2] == "1.weight");
  const nn::Linear linear{2, 3};
  BOOST_TEST(paths(params(linear))[0] == "weight");
}

BOOST_AUTO_TEST_CASE(parameters_are_chosen_by_pattern) {
  const Zoo zoo{};
  const Params all = params(zoo);
  BOOST_TEST(matching(all, "row.*").size() == 4u);
  BOOST_TEST(matching(all, "*.bias").size() == 3u);
  BOOST_TEST(matching(all, "list.*.w").size() == 2u);
  BOOST_TEST(matching(all, "direct").size() == 1u);
  BOOST_TEST(matching(all, "*").size() == all.size());
  Params one = {all[0]};
  one[0].path.assign(3000, 'a').append("b.a");
  BOOST_TEST(matching(one, "a*a*a*a*a*a*a*a*a*a*a*b*a").size() == 1u);
  expect_error(ErrorKind::value, "no parameter fits",  // in time that does not grow by stars
               [&] { matching(one, "*a*a*a*a*a*a*a*a*a*a*a*a*c"); });
  expect_error(ErrorKind::value, "no parameter fits \"dircet\"", [&] { matching(all, "dircet"); });
  const auto [weights, others] = by_role(all, {Role::weight});
  BOOST_TEST(weights.size() + others.size() == all.size());
  BOOST_TEST(others.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_layer_is_a_deep_value) {
  nn::Layer layer = nn::Linear{2, 2};
  initialize(params(layer), "ones");
  const nn::Layer copy = layer;
  initialize(params(layer), "zeros");
  const Tensor x = ones({1, 2});
  BOOST_TEST(layer(x).detach().values<float>()[0] == 0);
  BOOST_TEST(copy(x).detach().values<float>()[0] == 2);

  const Tensor handle = params(layer)[0].tensor;
  layer = copy;  // the same type: values are copied in
  BOOST_TEST(params(layer)[0].tensor.impl() == handle.impl());
  BOOST_TEST(layer(x).detach().values<float>()[0] == 2);
  const nn::Layer other = nn::ReLU{};
  layer = other;
  BOOST_TEST(params(layer).empty());
  BOOST_TEST(layer.get<nn::ReLU>() != nullptr);
  BOOST_TEST(layer.get<nn::Linear>() == nullptr);
  expect_error(ErrorKind::state, "holds nothing", [&] { nn::Layer()(x); });
  layer = &relu;
  BOOST_TEST(layer(tensor({-1.0})).values<float>()[0] == 0);
}

BOOST_AUTO_TEST_CASE(a_row_of_layers_keeps_its_identities_on_assignment) {
  nn::Sequential row{nn::Linear{2, 3}, nn::Tanh{}, nn::Linear{3, 1}};
  initialize(params(row), "he_normal", {.seed = 1});
  const nn::Sequential best = row;
  const Params handles = params(row);
  initialize(handles, "zeros");
  row = best;
  const Tensor x = ones({1, 2});
  BOOST_TEST(row(x).item() == best(x).item());
  const Params after = params(row);
  for (std::size_t i = 0; i < handles.size(); ++i) {
    BOOST_TEST(after[i].tensor.impl() == handles[i].tensor.impl());
  }
  const nn::Sequential copied{best};
  BOOST_TEST(copied.size() == 3u);
  row.push_back(nn::ReLU{});
  BOOST_TEST(row.size() == 4u);
  expect_error(ErrorKind::index, "no layer 4 among 4", [&] { row[4]; });
  BOOST_TEST(nn::Sequential()(x).shares_storage(x));
}

BOOST_AUTO_TEST_SUITE_END()
