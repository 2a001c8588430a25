// Where data files lie.
#pragma once

#include <string>
#include <vector>

namespace attune::data::internal {

// The folders of ATTUNE_DATA_PATH, in its order.
std::vector<std::string> data_path();
// data_path(), then what lies beside libattune, as installed and in its build tree.
std::vector<std::string> data_folders();
// The first of the folders that has the file, with the file's name; "" when none has.
std::string find_file(const std::vector<std::string>& folders, const std::string& file);
std::string joined(const std::vector<std::string>& folders);  // for a message

}  // namespace attune::data::internal
