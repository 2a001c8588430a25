// The reflection of aggregates: counts, names, references and the `fields` way out. What must not
// compile stands in tests/compile_fail.
#include <attune/reflect.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace reflect = attune::reflect;

namespace {

struct Nothing {};

struct One {
  static constexpr auto name = "one";
  int only = 1;
  template <class V>
  struct State {
    V m, v_squared;
  };
};

struct Inner {
  int a = 1;
  double b = 2;
};

struct Handle {  // as a tensor: many ways to be constructed
  Handle() = default;
  Handle(double) {}
  Handle(std::initializer_list<double>) {}
  explicit Handle(const std::vector<double>&) {}
  std::shared_ptr<int> body;
};

struct NoDefault {
  explicit NoDefault(int) {}
};

struct Zoo {
  std::int64_t in = 3, out_ = 4;
  Handle weight, bias2;
  std::vector<Inner> layers;
  std::array<Inner, 2> pair;
  std::optional<Inner> maybe;
  std::unique_ptr<Inner> owned;
  std::tuple<int, Inner> mixed;
  std::string text;
  std::function<int(int)> call;
  int (*pointer)(int) = nullptr;
  Inner inner;
  std::map<std::string, int> table;
  bool flag = false;
};

struct Required {
  NoDefault first;
  int second;
  NoDefault third;
};

struct Full {
  int a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7;
  int c0, c1, c2, c3, c4, c5, c6, c7, d0, d1, d2, d3, d4, d5, d6, last;
};

class Private {
 public:
  explicit Private(int x) : x_(x) {}
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("x", self.x_);
  }

 private:
  int x_;
};

template <class T>
std::vector<std::string> names_of(const T& object) {
  std::vector<std::string> result;
  reflect::for_each(object, [&](std::string_view name, const auto&) { result.emplace_back(name); });
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reflect_test)

BOOST_AUTO_TEST_CASE(names_come_in_declaration_order) {
  const std::vector<std::string> expected = {"in",   "out_",    "weight", "bias2", "layers",
                                             "pair", "maybe",   "owned",  "mixed", "text",
                                             "call", "pointer", "inner",  "table", "flag"};
  BOOST_TEST(names_of(Zoo{}) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(names_are_known_at_compile_time) {
  static_assert(reflect::names<Inner>()[0] == "a" && reflect::names<Inner>()[1] == "b");
  static_assert(One::name != nullptr && reflect::names<One>()[0] == "only");
  static_assert(reflect::names<One::State<float>>()[1] == "v_squared");
  static_assert(reflect::names<const Required>()[2] == "third");
  static_assert(reflect::names<Full>()[31] == "last");
  struct Local {
    int here;
  };
  static_assert(reflect::names<Local>()[0] == "here");
  struct Beyond {
    int größe, ü;
  };
  static_assert(reflect::names<Beyond>()[0] == "größe" && reflect::names<Beyond>()[1] == "ü");
  static_assert(reflect::count<Nothing>() == 0);
  BOOST_TEST(names_of(Nothing{}).empty());
}

BOOST_AUTO_TEST_CASE(fields_are_references_into_the_object) {
  Full full{};
  std::vector<const void*> addresses;
  int next = 0;
  reflect::for_each(full, [&](std::string_view, int& field) {
    field = ++next;
    addresses.push_back(&field);
  });
  BOOST_TEST(full.a0 == 1);
  BOOST_TEST(full.c3 == 20);
  BOOST_TEST(full.last == 32);
  BOOST_TEST(&reflect::field<31>(full) == &full.last);
  BOOST_TEST(addresses.front() == &full.a0);
  BOOST_TEST(addresses.back() == &full.last);
}

BOOST_AUTO_TEST_CASE(fields_of_a_const_object_are_const) {
  const Inner inner;
  reflect::for_each(inner, [](std::string_view, auto& field) {
    static_assert(std::is_const_v<std::remove_reference_t<decltype(field)>>);
  });
  const Private listed{7};
  reflect::for_each(listed, [](std::string_view name, auto& field) {
    static_assert(std::is_const_v<std::remove_reference_t<decltype(field)>>);
    BOOST_TEST(name == "x");
    BOOST_TEST(field == 7);
  });
}

BOOST_AUTO_TEST_CASE(a_list_of_fields_wins) {
  static_assert(reflect::Listed<Private> && reflect::Listed<const Private>);
  static_assert(!reflect::Listed<Inner>);
  static_assert(reflect::Struct<Private> && reflect::Struct<Inner> && !reflect::Struct<Handle>);
  static_assert(!reflect::Struct<int> && !reflect::Struct<std::string>);
  Private object{1};
  reflect::for_each(object, [](std::string_view, int& field) { field = 9; });
  reflect::for_each(object, [](std::string_view, int& field) { BOOST_TEST(field == 9); });
}

BOOST_AUTO_TEST_SUITE_END()
