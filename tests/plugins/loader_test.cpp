// Loading plugins: the tree's own, those of the documents, and every kind of file that is refused,
// after which the process goes on. Code that misbehaves is in failing_test.cpp.
#include <attune/autograd.hpp>
#include <attune/error.hpp>
#include <attune/optim.hpp>
#include <attune/plugin.hpp>
#include <attune/plugins.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "tests/optim/problems.hpp"
#include "tests/paths.hpp"
#include "tests/plugins/places.hpp"

using namespace attune;
using namespace attune::tests;

namespace {

const std::string shown = std::string(tests::build_folder) + "/tests/shown/";

// The rule that docs/plugin.md shows, in this program.
struct SignumHere {
  static constexpr auto name = "signum_here", cite = "Bernstein et al. 2018, arXiv:1802.04434";
  Real lr{1e-3, log_range(1e-6, 1e-1), "step size"};
  Real beta{0.9, decay_range(0.5, 0.999), "decay of the mean m of gradients"};
  template <class V>
  struct State {
    V m;
  };
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto& s) {
      s.m = beta * s.m + (1 - beta) * g;
      p -= lr * sign(s.m);
    };
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(loader)

BOOST_AUTO_TEST_CASE(the_trees_plugins_load_and_train) {
  const PluginInfo info = load_plugin(own + "lion.so");
  BOOST_TEST(info.rules == std::vector<std::string>{"lion"}, boost::test_tools::per_element());
  BOOST_TEST(load_plugin(own + "lion.so").path == info.path);
  BOOST_TEST(optim::describe("lion").origin == info.path);
  tests::Bowl bowl(f32, {5, 3});
  auto opt = optim::make("lion", bowl.params(), {{"lr", 0.01}});
  const double before = bowl.loss().item();
  for (int i = 0; i < 50; ++i) opt.step(bowl.loss().backward());
  BOOST_TEST(bowl.loss().item() < before);
}

BOOST_AUTO_TEST_CASE(what_the_documents_show_loads_and_gives_the_bits_of_the_program) {
  BOOST_TEST(load_plugin(shown + "shown_plugin.so").rules == std::vector<std::string>{"signum"},
             boost::test_tools::per_element());
  BOOST_TEST(load_plugin(shown + "shown_contributing.so").rules.size() == 1u);
  optim::register_rule<SignumHere>();
  const auto bits_after = [](const std::string& rule) {
    tests::Bowl bowl(f32, {5, 3});
    const std::string before = bowl.bits();
    auto opt = optim::make(rule, bowl.params(), {{"lr", 0.01}, {"clip_norm", 1}});
    for (int i = 0; i < 20; ++i) opt.step(bowl.loss().backward());
    BOOST_TEST(bowl.bits() != before);
    return bowl.bits();
  };
  BOOST_TEST(bits_after("signum") == bits_after("signum_here"));
}

BOOST_AUTO_TEST_CASE(folders_are_searched_in_order) {
  const PluginSearch all = load_plugins(own);
  BOOST_TEST(all.refused.empty());
  BOOST_TEST(all.loaded.size() >= 2u);
  setenv("ATTUNE_PLUGIN_PATH", (own + ":/no/such/folder").c_str(), 1);
  BOOST_TEST(plugin_folders().front() == own);
  BOOST_TEST(load_plugins().loaded.size() >= 2u);
  unsetenv("ATTUNE_PLUGIN_PATH");
  BOOST_TEST(mentions(message_of(ErrorKind::io, [] { load_plugins("/no/such/folder"); }),
                      "/no/such/folder"));
  BOOST_TEST(mentions(message_of(ErrorKind::io, [] { load_plugins(own + "lion.so"); }), "lion.so"));
  const Folder closed("attune_closed_folder");
  fs::permissions(closed.path, fs::perms::none);
  if (geteuid() == 0) return;  // whom no folder is closed to
  BOOST_TEST(mentions(message_of(ErrorKind::io, [&] { load_plugins(closed.path.string()); }),
                      closed.path.string()));
  setenv("ATTUNE_PLUGIN_PATH", (closed.path.string() + ":" + own).c_str(), 1);
  const PluginSearch others = load_plugins();
  unsetenv("ATTUNE_PLUGIN_PATH");
  BOOST_TEST(others.loaded.size() >= 2u);
  BOOST_REQUIRE(others.refused.size() == 1u);
  BOOST_TEST(mentions(others.refused[0], closed.path.string()));
}

BOOST_AUTO_TEST_CASE(a_refused_file_hides_no_good_one_of_the_same_name) {
  const Folder broken("attune_broken_folder"), good("attune_good_folder");
  std::ofstream(broken.path / "attune_twice_there.so") << "not a library";
  fs::create_symlink(own + "lion.so", good.path / "attune_twice_there.so");
  setenv("ATTUNE_PLUGIN_PATH", (broken.path.string() + ":" + good.path.string()).c_str(), 1);
  const PluginSearch search = load_plugins();
  unsetenv("ATTUNE_PLUGIN_PATH");
  BOOST_TEST(search.refused.size() == 1u);
  BOOST_REQUIRE(!search.loaded.empty());
  BOOST_TEST(mentions(search.loaded[0].path, "lion.so"));
}

BOOST_AUTO_TEST_CASE(what_is_no_plugin_is_refused) {
  BOOST_TEST(mentions(message_of(ErrorKind::plugin, [] { load_plugin("/no/such/file.so"); }),
                      "/no/such/file.so"));
  const auto text = std::filesystem::temp_directory_path() / "attune_not_a_library.so";
  std::ofstream(text) << "not a library";
  message_of(ErrorKind::plugin, [&] { load_plugin(text.string()); });
  std::filesystem::remove(text);
  BOOST_TEST(mentions(message_of(ErrorKind::plugin, [] { load_plugin(refused + "no_entry.so"); }),
                      "attune_plugin_v0"));
}

// A page that the file does not reach would be a bus error.
BOOST_AUTO_TEST_CASE(a_library_that_is_cut_short_is_refused) {
  const Folder folder("attune_cut_short");
  const fs::path whole = own + "lion.so", cut = folder.path / "cut.so";
  const auto size = fs::file_size(whole);
  for (const std::uintmax_t bytes : {0ul, 10ul, 64ul, 1000ul, 4096ul, size / 2, size - 1}) {
    BOOST_TEST_CONTEXT(bytes << " of " << size << " bytes") {
      fs::remove(cut);
      fs::copy_file(whole, cut);
      fs::resize_file(cut, bytes);
      const auto text = message_of(ErrorKind::plugin, [&] { load_plugin(cut.string()); });
      BOOST_TEST(mentions(text, cut.string()));
      if (bytes >= 64) BOOST_TEST(mentions(text, "cut short"));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_library_for_another_machine_is_refused) {
  const Folder folder("attune_machine");
  const fs::path other = folder.path / "other.so";
  fs::copy_file(own + "lion.so", other);
  std::fstream file(other, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(18);         // e_machine
  file.write("\xf3", 1);  // RISC-V
  file.close();
  const auto text = message_of(ErrorKind::plugin, [&] { load_plugin(other.string()); });
  for (const char* word : {"other.so", "another machine", "243"}) BOOST_TEST(mentions(text, word));
}

// What a copy leaves that was given its size before it broke off.
BOOST_AUTO_TEST_CASE(a_library_that_ends_in_zeros_is_refused) {
  const Folder folder("attune_zeros");
  const fs::path hollow = folder.path / "hollow.so";
  const auto size = fs::file_size(own + "lion.so");
  for (const std::uintmax_t bytes : {std::uintmax_t{4096}, size / 4, size / 2}) {
    fs::remove(hollow);
    fs::copy_file(own + "lion.so", hollow);
    fs::resize_file(hollow, bytes);
    fs::resize_file(hollow, size);
    BOOST_TEST(
        mentions(message_of(ErrorKind::plugin, [&] { load_plugin(hollow.string()); }), "damaged"));
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_regular_file_is_refused) {
  const Folder folder("attune_no_regular_file");
  const fs::path pipe = folder.path / "pipe.so";
  BOOST_REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  for (const fs::path& path : {pipe, folder.path}) {
    BOOST_TEST(mentions(message_of(ErrorKind::plugin, [&] { load_plugin(path.string()); }),
                        "no regular file"));
  }
}

BOOST_AUTO_TEST_CASE(another_version_is_refused_by_both_numbers) {
  const auto text = message_of(ErrorKind::plugin, [] { load_plugin(refused + "newer.so"); });
  BOOST_TEST(mentions(text, "0." + std::to_string(ATTUNE_ABI_MINOR + 8)));
  BOOST_TEST(mentions(text, "0." + std::to_string(ATTUNE_ABI_MINOR)));
}

BOOST_AUTO_TEST_CASE(a_taken_name_registers_nothing_of_the_plugin) {
  const auto text = message_of(ErrorKind::plugin, [] { load_plugin(refused + "taken.so"); });
  BOOST_TEST(mentions(text, "adam"));
  BOOST_TEST(!known("newcomer"));
}

BOOST_AUTO_TEST_CASE(a_table_with_an_empty_entry_is_refused) {
  BOOST_TEST(mentions(message_of(ErrorKind::plugin, [] { load_plugin(refused + "hollow.so"); }),
                      "empty entry"));
}

BOOST_AUTO_TEST_CASE(an_option_that_begins_outside_its_range_is_refused) {
  const auto text =
      message_of(ErrorKind::plugin, [] { load_plugin(refused + "outside_its_range.so"); });
  for (const char* word : {"option momentum of outside_its_range", "1.5", "[0, 1)"}) {
    BOOST_TEST(mentions(text, word));
  }
}

BOOST_AUTO_TEST_SUITE_END()
