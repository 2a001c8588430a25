// Registry: sorted names, taken and unknown names, suggestions, readers beside a writer.
#include <algorithm>
#include <atomic>
#include <attune/error.hpp>
#include <attune/registry.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>
#include <vector>

using namespace attune;

namespace {

bool says(const Error& error, const std::vector<std::string>& parts) {
  const std::string message = error.what();
  for (const std::string& part : parts)
    if (message.find(part) == std::string::npos) {
      BOOST_TEST_MESSAGE("missing \"" << part << "\" in: " << message);
      return false;
    }
  return error.kind() == ErrorKind::value;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(registry)

BOOST_AUTO_TEST_CASE(names_are_sorted_whatever_the_order_of_insertion) {
  const std::vector<std::string> sorted{"adam", "lion", "sgd"};
  for (const auto& order : {std::vector<std::string>{"adam", "lion", "sgd"},
                            std::vector<std::string>{"sgd", "adam", "lion"},
                            std::vector<std::string>{"lion", "sgd", "adam"}}) {
    Registry<std::string> rules("optimizer rule");
    BOOST_TEST(rules.names().empty());
    for (const std::string& name : order) rules.add(name, name + "!", "attune");
    BOOST_TEST(rules.names() == sorted, boost::test_tools::per_element());
    for (const std::string& name : sorted) {
      BOOST_TEST(rules.at(name) == name + "!");
      BOOST_TEST(rules.find(name) == &rules.at(name));
      BOOST_TEST(rules.origin(name) == "attune");
    }
    BOOST_TEST(rules.find("ada") == nullptr);
  }
}

BOOST_AUTO_TEST_CASE(a_taken_name_is_refused_and_its_holder_named) {
  Registry<int> rules("optimizer rule");
  const int& first = rules.add("lion", 1, "attune");
  BOOST_CHECK_EXCEPTION(rules.add("lion", 2, "plugins/lion.so"), Error, [](const Error& e) {
    return says(e, {"optimizer rule", "\"lion\"", "taken by attune", "plugins/lion.so"});
  });
  BOOST_TEST(rules.at("lion") == 1);
  BOOST_TEST(&rules.at("lion") == &first);
  BOOST_TEST(rules.names().size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_unknown_name_is_answered_with_the_nearest_and_all) {
  Registry<int> rules("optimizer rule");
  BOOST_CHECK_EXCEPTION(rules.at("adam"), Error, [](const Error& e) {
    return says(e, {"optimizer rule: there is no \"adam\"", "none is registered"});
  });
  for (const char* name : {"adam", "adamw", "rmsprop", "sgd"}) rules.add(name, 0, "attune");
  BOOST_CHECK_EXCEPTION(rules.at("adma"), Error, [](const Error& e) {
    return says(e, {"there is no \"adma\": did you mean \"adam\"?",
                    "(there are: adam, adamw, rmsprop, sgd)"});
  });
  BOOST_CHECK_EXCEPTION(rules.origin("newton"), Error, [](const Error& e) {
    return says(e, {"\"newton\" (there are:"}) &&
           std::string(e.what()).find("did you mean") == std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(suggestions) {
  const std::vector<std::string> names{"momentum", "adamw", "adam", "lr", "beta2", "beta1"};
  const auto expect = [&](const char* asked, const std::string& nearest) {
    const std::string hint = nearest.empty() ? "" : "did you mean \"" + nearest + "\"?";
    BOOST_TEST(did_you_mean(asked, names) == hint);
  };
  expect("Adam", "adam");
  expect("adm", "adam");
  expect("momemtum", "momentum");
  expect("moemntum", "momentum");
  expect("beta", "beta1");  // equally near: the first in sorted order
  expect("rl", "lr");
  expect("weight_decay", "");
  expect("xyz", "");
  expect("", "");
  BOOST_TEST(did_you_mean("adam", {}) == "");
}

BOOST_AUTO_TEST_CASE(readers_beside_a_writer) {
  Registry<int> rules("rule");
  rules.add("0", 0, "attune");
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> readers;
    for (int i = 0; i < 3; ++i)
      readers.emplace_back([&] {
        while (!done)
          for (const std::string& name : rules.names())
            if (rules.at(name) != std::stoi(name)) ++wrong;
      });
    for (int i = 1; i < 200; ++i) rules.add(std::to_string(i), i, "attune");
    done = true;
  }
  BOOST_TEST(wrong.load() == 0);
  BOOST_TEST(rules.names().size() == 200u);
}

BOOST_AUTO_TEST_CASE(every_kind_of_error_has_a_name) {
  std::vector<std::string> names;
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::memory); ++kind)
    names.emplace_back(name(static_cast<ErrorKind>(kind)));
  BOOST_TEST(names.front() == "shape");
  BOOST_TEST(names.back() == "memory");
  std::sort(names.begin(), names.end());
  BOOST_TEST((std::adjacent_find(names.begin(), names.end()) == names.end()));
  BOOST_TEST((std::find(names.begin(), names.end(), "unknown") == names.end()));
}

BOOST_AUTO_TEST_SUITE_END()
