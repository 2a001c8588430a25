# Every folder plugins/<name>/ becomes <dir>/plugins/<name>.so, built by the function that users call.

file(GLOB attune_plugin_folders CONFIGURE_DEPENDS LIST_DIRECTORIES true ${PROJECT_SOURCE_DIR}/plugins/*)
add_custom_target(attune_plugins)  # all of them, by one name
foreach(folder IN LISTS attune_plugin_folders)
  if(IS_DIRECTORY ${folder})
    cmake_path(GET folder FILENAME name)
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
    if(sources)
      attune_add_plugin(plugin_${name} ${sources})
      set_target_properties(plugin_${name} PROPERTIES
        OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/plugins)
      add_dependencies(attune_plugins plugin_${name})
      set_property(GLOBAL APPEND PROPERTY ATTUNE_PLUGIN_TARGETS plugin_${name})
    endif()
  endif()
endforeach()
