// Tables as they come: names, quotes, separators, classes, targets; and those that are refused.
#include <attune/data/batches.hpp>
#include <attune/data/readers.hpp>

#include "tests/data/check.hpp"

using namespace attune;
using attune::tests::elements;
using attune::tests::Folder;
using attune::tests::throws;
using Numbers = std::vector<std::int64_t>;
using Floats = std::vector<float>;
using Texts = std::vector<std::string>;

namespace {

data::Set table(const std::string& text, const data::CsvOptions& options = {}) {
  const Folder folder;
  return data::csv(folder.write("table.csv", text), options);
}

void refused(ErrorKind kind, std::vector<std::string> parts, const std::string& text,
             const data::CsvOptions& options = {}) {
  BOOST_TEST_CONTEXT(text) {
    throws(kind, parts, [&] { table(text, options); });
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(csv_tables)

BOOST_AUTO_TEST_CASE(numbers_without_names) {
  const data::Set set = table("1,2.5,0\n-3,+4e1,1\n");
  BOOST_TEST(set.fields()[0].shape == Shape{2});
  BOOST_TEST(elements<float>(set.column("x")) == (Floats{1, 2.5, -3, 40}));
  BOOST_TEST(set.labels() == (Numbers{0, 1}));
  BOOST_TEST(set.names().classes == (Texts{"0", "1"}));
  BOOST_TEST(set.names().features.empty());
}

BOOST_AUTO_TEST_CASE(the_first_line_may_name_the_columns) {
  const std::string text = "age,size,kind\r\n1,2,cat\r3,4,ant\r\n\r\n";
  for (const data::CsvOptions& options : std::vector<data::CsvOptions>{
           {}, {.header = true}, {.target = "kind"}, {.target = 2}, {.target = -1}}) {
    const data::Set set = table(text, options);
    BOOST_TEST(elements<float>(set.column("x")) == (Floats{1, 2, 3, 4}));
    BOOST_TEST(set.labels() == (Numbers{1, 0}));
    BOOST_TEST(set.names().classes == (Texts{"ant", "cat"}));
    BOOST_TEST(set.names().features == (Texts{"age", "size"}));
  }
  BOOST_TEST(elements<float>(table(text, {.target = "age", .ignore = {"kind"}}).column("x")) ==
             (Floats{2, 4}));
  BOOST_TEST(table("\xef\xbb\xbf"
                   "1,2,a\n")
                 .size() == 1);
  BOOST_TEST(table("\xef\xbb\xbf"
                   "u,v\n1,a\n",
                   {.target = "v"})
                 .names()
                 .features == (Texts{"u"}));
}

BOOST_AUTO_TEST_CASE(quotes_and_separators) {
  const data::Set set =
      table("\"a \"\"b\"\", c\";x;\"say\r\n\"\"hi\"\"\"\n\"1\";2;\"k;\"\n 3 ;4;l\n",
            {.separator = ';', .header = true});
  BOOST_TEST(set.names().features == (Texts{"a \"b\", c", "x"}));
  BOOST_TEST(set.names().classes == (Texts{"k;", "l"}));
  BOOST_TEST(elements<float>(set.column("x")) == (Floats{1, 2, 3, 4}));
  BOOST_TEST(table("1\t2\t0", {.separator = '\t'}).size() == 1);
  BOOST_TEST(table("1,2,it\"s\n").names().classes == (Texts{"it\"s"}));
}

BOOST_AUTO_TEST_CASE(what_the_target_is) {
  BOOST_TEST(table("1,10\n1,9\n1,-2\n").names().classes == (Texts{"-2", "9", "10"}));
  BOOST_TEST(table("1,10\n1,9\n1,-2\n").labels() == (Numbers{2, 1, 0}));
  const data::Set regression = table("1,10\n1,9.5\n1,9.5\n");
  BOOST_TEST(regression.fields()[1].dtype == f32);
  BOOST_TEST(elements<float>(regression.column("y")) == (Floats{10, 9.5, 9.5}));
  BOOST_TEST(elements<double>(table("1,.1\n", {.dtype = f64}).column("y")).at(0) == 0.1);
  BOOST_TEST(table("1,10\n1,9.5\n", {.classes = true}).names().classes == (Texts{"10", "9.5"}));
  BOOST_TEST(elements<float>(table("1,10\n", {.classes = false}).column("y")).at(0) == 10);
  BOOST_TEST(table("1,10\n1,b\n").names().classes == (Texts{"10", "b"}));
  const data::Set features = table("1,2\n3,4\n", {.target = std::nullopt});
  BOOST_TEST(features.fields().size() == 1u);
  for (auto [x] : data::batches<1>(features)) BOOST_TEST(x.shape() == (Shape{2, 2}));
}

BOOST_AUTO_TEST_CASE(classes_of_another_table) {
  const data::Set first = table("1,cat\n2,dog\n3,eel\n");
  const data::Set second = table("1,eel\n2,dog\n", {.class_names = first.names().classes});
  BOOST_TEST(second.labels() == (Numbers{2, 1}));
  BOOST_TEST(second.names().classes == first.names().classes);
  BOOST_TEST(table("1,7\n2,3\n", {.class_names = {"7", "3"}}).labels() == (Numbers{0, 1}));
  refused(ErrorKind::format, {"table.csv:2", "\"dgo\"", ".class_names", "did you mean \"dog\""},
          "1,eel\n2,dgo\n", {.class_names = first.names().classes});
}

BOOST_AUTO_TEST_CASE(numbers_beyond_a_double_are_told_by_their_size) {
  const std::string zeros(400, '0');
  for (const std::string& small : {"0." + zeros + "1", "-0." + zeros + "1e5", "1" + zeros + "e-900",
                                   std::string("1e-400"), std::string("1e-99999999999999999999")}) {
    BOOST_TEST(elements<float>(table(small + ",0\n").column("x")).at(0) == 0, small);
  }
  for (const std::string& large : {"1" + zeros + "e-10", "0." + zeros + "1e900", "-1" + zeros,
                                   std::string("1e400"), std::string("1e99999999999999999999")}) {
    refused(ErrorKind::format, {"not finite"}, large + ",0\n");
  }
}

BOOST_AUTO_TEST_CASE(compressed_and_after_other_lines) {
  const Folder folder;
  const std::string path = folder.write_gz("t.csv.gz", "two lines\nof talk\n1,2,0\n");
  BOOST_TEST(data::csv(path, {.skip_lines = 2}).size() == 1);
}

BOOST_AUTO_TEST_CASE(bad_cells_are_named) {
  const std::string head = "age,kind\n1,a\n";
  refused(ErrorKind::format, {"table.csv:3", "column 0 (\"age\")", "empty", "remove"},
          head + ",b\n");
  refused(ErrorKind::format, {"table.csv:3", "\"nan\"", "not finite"}, head + "nan,b\n");
  refused(ErrorKind::format, {"table.csv:3", "\"-inf\"", "not finite"}, head + "-inf,b\n");
  refused(ErrorKind::format, {"table.csv:3", "\"1e999\"", "not finite"}, head + "1e999,b\n");
  refused(ErrorKind::format, {"table.csv:3", "\"12x\"", "not a number", ".ignore"},
          head + "12x,b\n");
  refused(ErrorKind::format, {"table.csv:3", "\"NA\""}, head + "NA,b\n");
  refused(ErrorKind::format, {"\"1e39\"", "f64"}, head + "1e39,b\n");
  refused(ErrorKind::format, {"table.csv:3", "(\"kind\")", "empty"}, head + "2,\n");
  refused(ErrorKind::format, {"table.csv:3", "(\"kind\")", "not finite"}, head + "2,NaN\n");
  refused(ErrorKind::format, {"table.csv:3", "1 cells", "has 2"}, head + "2\n");
  refused(ErrorKind::format, {"table.csv:4", "3 cells"}, head + "2,c\n3,4,5\n");
  refused(ErrorKind::format, {"table.csv:2", "column 1", "\"x\"", "not a number"},
          "1,2,0\n1,x,0\n");
  refused(ErrorKind::format, {"table.csv:2", "\"b\"", ".classes"}, "1,10\n1,b\n",
          {.classes = false});
  refused(ErrorKind::format, {"table.csv:2", "\"1.0\"", "\"1\"", "another way"}, "5,1\n5,1.0\n");
  refused(ErrorKind::format, {"\\x00"}, head + std::string("\0,b\n", 4));
}

BOOST_AUTO_TEST_CASE(bad_tables_are_named) {
  refused(ErrorKind::format, {"no line"}, "");
  refused(ErrorKind::format, {"no line"}, "\n\n");
  refused(ErrorKind::format, {"no samples"}, "a,b\n");
  refused(ErrorKind::format, {"table.csv:2", "quote", "never closed"}, "a,b\n\"1,2\n3,4\n");
  refused(ErrorKind::format, {"table.csv:1", "\"x\"", "twice"}, "\"1\"x,2\n");
  refused(ErrorKind::format, {":1", "';'", ".separator"}, "1;2;3\n");
  refused(ErrorKind::format, {":1", "1 are numbers and 1", ".header"}, "1,x,0\n2,3,1\n");
  // What a frame without names of its own is written as: 0,1,target and numbers below.
  refused(ErrorKind::format, {":1", "\"target\"", "above numbers", ".header"},
          "0,1,target\n5,6,1\n7,8,2\n");
  refused(ErrorKind::format, {":1", "\"species\"", "0, 1", ".header"},
          "0,1,species\n5,6,cat\n7,8,dog\n6,5,cat\n");
  BOOST_TEST(table("4,1,none\n5,6,1\n7,8,none\n").size() == 3);  // a class like others
  BOOST_TEST(table("0,1,cat\n5,6,cat\n7,8,dog\n").size() == 3);
  BOOST_TEST(table("0,1,target\n5,6,1\n7,8,2\n", {.header = true}).names().classes ==
             (Texts{"1", "2"}));
  refused(ErrorKind::format, {":2", "\\xfc", "UTF-8"}, "a,b\n1,gr\xfcn\n");
  refused(ErrorKind::format, {":1", "UTF-8"}, "gr\xfcn,b\n1,2\n");
  refused(ErrorKind::value, {"\"knd\"", "age, kind", "did you mean \"kind\""}, "age,kind\n1,a\n",
          {.target = "knd"});
  refused(ErrorKind::value, {"\"kind\"", ".header"}, "1,2\n", {.header = false, .target = "kind"});
  refused(ErrorKind::value, {"no column 2", "there are 2"}, "1,2\n", {.target = 2});
  refused(ErrorKind::value, {"no column -3"}, "1,2\n", {.target = -3});
  refused(ErrorKind::dtype, {"i32"}, "1,2\n", {.dtype = i32});
  throws(ErrorKind::io, {"nowhere.csv", "No such file"}, [] { data::csv("nowhere.csv"); });
  const Folder folder;
  throws(ErrorKind::io, {"not a regular file"}, [&] { data::csv(folder / "."); });
}

BOOST_AUTO_TEST_CASE(options_that_mean_nothing) {
  refused(ErrorKind::value, {"columns 0 and 2", "both called \"a\""}, "a,b,a\n1,2,3\n",
          {.target = "a"});
  refused(ErrorKind::value, {"columns 0 and 2"}, "a,b,a,c\n1,2,3,4\n", {.ignore = {"a"}});
  for (const data::CsvOptions& options : std::vector<data::CsvOptions>{
           {.ignore = {"b"}}, {.ignore = {-1}}, {.target = "b", .ignore = {"a", "b"}}}) {
    refused(ErrorKind::value, {"column 1", "target", ".ignore"}, "a,b\n1,2\n", options);
  }
  refused(ErrorKind::value, {"class_names", "\"a\" twice"}, "1,a\n",
          {.class_names = {"a", "b", "a"}});
  for (const data::CsvOptions& options :
       std::vector<data::CsvOptions>{{.target = std::nullopt, .class_names = {"a"}},
                                     {.classes = false, .class_names = {"a"}}}) {
    refused(ErrorKind::value, {"class_names", "no class"}, "1,2\n", options);
  }
  refused(ErrorKind::value, {"-1 lines"}, "1,2\n", {.skip_lines = -1});
  for (const char separator : {'"', '\n', '\r'}) {
    refused(ErrorKind::value, {"separator"}, "1,2\n", {.separator = separator});
  }
}

BOOST_AUTO_TEST_SUITE_END()
