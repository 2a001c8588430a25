// A table on the command line: csv:FILE,target=price,classes=false,ignore=id,name
#pragma once

#include <attune/data/readers.hpp>
#include <string>

namespace attune::tools {

inline constexpr const char* csv_form = "csv:FILE[,OPTION=VALUE,...]";
inline constexpr const char* csv_summary =
    "a table of numbers, the last column being the target; options, each of data::CsvOptions: "
    "target=NAME|N, classes=true|false (false: a number to predict), ignore=NAME|N,... (a name "
    "with a comma in quotes), header=true|false, separator=C|tab, skip_lines=N; N counts from 0, "
    "or from the end from -1";

struct CsvArgument {
  std::string file;
  data::CsvOptions options;
};

// "FILE,OPTION=VALUE,...". Error (value) for what is no option, naming the one that was meant.
CsvArgument csv_argument(const std::string& text);

// A message of the library, its options written as on the command line.
std::string as_arguments(const std::string& message, const std::string& file);

}  // namespace attune::tools
