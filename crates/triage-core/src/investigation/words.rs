//! The words each language knows: commands, functions and operators, as their references list them.

use super::QueryLanguage;

/// Whether a list of words parted by spaces holds this one, in whatever case.
pub(super) fn holds(list: &str, word: &str) -> bool {
    list.split_whitespace()
        .any(|known| known.eq_ignore_ascii_case(word))
}

/// Commands that change state, send data or start other searches.
pub(super) const SPL_UNSAFE: &str = "delete outputlookup outputcsv sendemail sendalert script run \
    runshellscript collect mcollect meventcollect map dump tscollect";

/// Commands that begin a search and so need a pipe before them.
pub(super) const SPL_GENERATING: &str = "datamodel dbinspect dbxquery eventcount from gentimes \
    inputcsv inputlookup loadjob makeresults metadata metasearch mstats multisearch pivot rest \
    savedsearch set tstats typeahead union walklex mcatalog mpreview";

/// Every other command.
pub(super) const SPL_COMMANDS: &str = "abstract accum addcoltotals addinfo addtotals analyzefields \
    anomalies anomalousvalue anomalydetection append appendcols appendpipe apply arules \
    associate autoregress bin bucket bucketdir chart cluster cofilter concurrency contingency \
    convert correlate cyberchef dedup delta diff entitymerge erex eval eventstats \
    expand extract kv fieldformat fields fieldsummary filldown fillnull findtypes fit flatten \
    folderize foreach format fromjson geom geomfilter geostats head highlight history iconify \
    inputintelligence iplocation join kmeans kvform localize localop lookup makecontinuous makemv \
    multikv mvcombine mvexpand nomv outlier outputtext overlap predict rangemap rare redistribute \
    regex relevancy reltime rename replace require return reverse rex rtorder scrub search \
    searchtxn selfjoin setfields sichart sirare sistats sitimechart sitop sort spath stats \
    streamstats strcat summary table tags tail timechart timewrap tojson top transaction transpose \
    trendline typelearner typer uniq untable where x11 xmlkv xmlunescape xpath xyseries \
    thru into branch route ctable haversine dnslookup whois";

pub(super) const SPL_EVAL: &str = "abs acos acosh asin asinh atan atan2 atanh avg bit_and bit_or \
    bit_not bit_xor bit_shift_left bit_shift_right case ceil ceiling cidrmatch coalesce cos cosh \
    commands exact exp false floor hypot if in ipmask isarray isbool isdouble isint ismv isnotnull \
    isnull isnum isobject isstr json_append json_array json_array_to_mv json_delete json_entries \
    json_extend json_extract json_extract_exact json_has_key_exact json_keys json_object json_set \
    json_set_exact json_valid len like ln log lookup lower ltrim match max md5 min \
    mv_to_json_array mvappend mvcount mvdedup mvfilter mvfind mvindex mvjoin mvmap mvrange \
    mvreverse mvsort mvzip not now null nullif pi pow printf random relative_time replace round \
    rtrim searchmatch sha1 sha256 sha512 sigfig sin sinh spath split sqrt strftime strptime \
    substr sum tan tanh time toarray tobool todouble toint tojson tomv tonumber toobject tostring \
    trim true typeof upper urldecode urlencode validate decrypt";

/// Aggregations; percentiles carry their number in the name.
pub(super) const SPL_STATS: &str = "avg c count dc distinct_count earliest earliest_time estdc \
    estdc_error eval first last latest latest_time list max mean median min mode per_day per_hour \
    per_minute per_second range rate rate_avg rate_sum sparkline stdev stdevp sum sumsq values var \
    varp prestats";

/// Operators and functions whose names hold a hyphen.
pub(super) const KQL_HYPHENATED: &str = "mv-expand mv-apply project-away project-keep \
    project-rename project-reorder project-smart project-by-names make-series top-nested \
    top-hitters sample-distinct parse-where parse-kv make-graph graph-match graph-shortest-paths \
    graph-to-table graph-mark-components graph-where-nodes graph-where-edges macro-expand \
    partition-by assert-schema";

pub(super) const KQL_OPERATORS: &str = "as assert-schema consume count distinct evaluate \
    execute_and_cache extend facet filter find fork getschema graph-mark-components graph-match \
    graph-shortest-paths graph-to-table graph-where-edges graph-where-nodes invoke join limit \
    lookup macro-expand make-graph make-series mv-apply mv-expand mvexpand order parse parse-kv \
    parse-where partition partition-by print project project-away project-by-names project-keep \
    project-rename project-reorder project-smart range reduce render sample sample-distinct scan \
    search serialize sort summarize take top top-hitters top-nested union where";

/// What a query may begin with instead of a table.
pub(super) const KQL_SOURCES: &str = "union search find range print datatable externaldata evaluate \
    macro-expand";

/// Plugins and functions that call out or run code.
pub(super) const KQL_UNSAFE: &str = "http_request http_request_post sql_request \
    cosmosdb_sql_request mysql_request postgresql_request ai_chat_completion \
    ai_chat_completion_prompt ai_embed_text ai_embeddings python r azure_digital_twins_query_request \
    externaldata external_table";

/// Plugins whose columns nobody knows before they ran.
pub(super) const KQL_OPENING: &str = "bag_unpack pivot narrow preview schema_merge";

pub(super) const KQL_BINARY: &str = "and or has !has has_cs !has_cs hasprefix !hasprefix \
    hasprefix_cs !hasprefix_cs hassuffix !hassuffix hassuffix_cs !hassuffix_cs contains !contains \
    contains_cs !contains_cs containscs notcontains startswith !startswith startswith_cs \
    !startswith_cs endswith !endswith endswith_cs !endswith_cs in !in in~ !in~ has_any has_all \
    between !between like notlike likecs notlikecs";

pub(super) const KQL_FUNCTIONS: &str = "abs acos ago any anyif arg_max arg_min argmax argmin \
    array_concat array_iff array_iif array_index_of array_length array_reverse array_rotate_left \
    array_rotate_right array_shift_left array_shift_right array_slice array_sort_asc \
    array_sort_desc array_split array_sum asin assert atan atan2 avg avgif bag_has_key bag_keys \
    bag_merge bag_pack bag_pack_columns bag_remove_keys bag_set_key bag_unpack bag_zip \
    base64_decode_toarray base64_decode_toguid base64_decode_tostring base64_decodestring \
    base64_encode_fromarray base64_encode_fromguid base64_encode_tostring base64_encodestring beta_cdf beta_inv \
    beta_pdf bin bin_at bin_auto binary_all_and binary_all_or binary_all_xor binary_and binary_not \
    binary_or binary_shift_left binary_shift_right binary_xor bitset_count_ones bool boolean \
    buildschema case ceiling coalesce column_ifexists columnifexists convert_angle convert_energy \
    convert_force convert_length convert_mass convert_speed convert_temperature convert_volume cos \
    cot count count_distinct count_distinctif countif countof current_cluster_endpoint \
    current_database current_principal current_principal_details current_principal_is_member_of \
    cursor_after cursor_before_or_at cursor_current dcount dcount_hll dcount_intersect dcountif \
    datatable date datetime datetime_add datetime_diff datetime_list_timezones \
    datetime_local_to_utc datetime_part datetime_utc_to_local dayofmonth dayofweek dayofyear \
    decimal degrees double dynamic dynamic_to_json endofday endofmonth endofweek endofyear \
    erf erfc estimate_data_size exp exp10 exp2 extent_id extent_tags extract extract_all \
    extractall extractjson extract_json floor format_bytes format_datetime format_ipv4 \
    format_ipv4_mask format_timespan gamma gen_range geo_info_from_ip_address geo_distance_2points \
    geo_geohash_to_central_point geo_point_in_polygon geo_point_to_geohash geo_point_to_s2cell \
    geo_point_in_circle get_type_size getmonth gettype getyear guid gzip_compress_to_base64_string \
    gzip_decompress_from_base64_string has_any has_any_index has_any_ipv4 has_any_ipv4_prefix has_ipv4 \
    has_ipv4_prefix hash hash_combine hash_many hash_md5 hash_sha1 hash_sha256 hash_xxhash64 hll \
    hll_if hll_merge hourofday iff iif indexof indexof_regex ingestion_time int ipv4_compare ipv4_is_in_any_range \
    ipv4_is_in_range ipv4_is_match ipv4_is_private ipv4_lookup ipv4_netmask_suffix \
    ipv4_range_to_cidr_list ipv6_compare ipv6_is_in_any_range ipv6_is_in_range ipv6_is_match \
    ipv6_lookup isascii isempty isfinite isinf isnan isnotempty isnotnull isnull isutf8 jaccard_index lag \
    log log10 log2 loggamma long make_bag make_bag_if make_datetime make_list make_list_if \
    make_list_with_nulls make_set make_set_if make_string make_timespan makelist makeset \
    materialize max max_of maxif merge_tdigest min min_of minif monthofyear new_guid next \
    not notempty notnull now pack pack_all pack_array pack_dictionary parse_command_line parse_csv parse_ipv4 parse_ipv4_mask \
    parse_ipv6 parse_ipv6_mask parse_json parse_path parse_url parse_urlquery parse_user_agent \
    parse_version parse_xml parsejson parsepath parseurl parseurlquery percentile percentile_array_tdigest \
    percentile_tdigest percentiles percentiles_array percentilesw percentilew percentrank_tdigest pi pow prev \
    punycode_domain_from_string punycode_domain_to_string punycode_from_string \
    punycode_to_string radians rand range rank_tdigest real regex_quote repeat replace \
    replace_regex replace_string replace_strings reverse round row_cumsum row_number row_rank_dense \
    row_rank_min row_window_session rows_near series_abs series_decompose series_decompose_anomalies \
    series_decompose_forecast series_dot_product series_equals series_exp series_fill_backward \
    series_fill_const series_fill_forward series_fill_linear series_fir series_fit_2lines \
    series_fit_2lines_dynamic series_fit_line series_fit_line_dynamic series_greater \
    series_iir series_less series_multiply series_outliers series_pearson_correlation \
    series_periods_detect series_periods_validate series_seasonal series_stats \
    series_stats_dynamic series_subtract series_add series_sum series_divide set_difference \
    split set_has_element set_intersect set_union sign sin sqrt startofday startofmonth startofweek \
    startofyear stdev stdevif stdevp strcat strcat_array strcat_delim strcmp string_size strlen \
    strrep substring sum sumif table take_any take_anyif tan tdigest tdigest_merge time timespan \
    tobool toboolean todatetime todecimal todouble todynamic toguid tohex toint tolong tolower \
    toobject toreal toscalar tostring totimespan toupper translate treepath trim trim_end trim_start \
    typeof unicode_codepoints_from_string unicode_codepoints_to_string unixtime_microseconds_todatetime \
    unixtime_milliseconds_todatetime unixtime_nanoseconds_todatetime unixtime_seconds_todatetime \
    url_decode url_encode url_encode_component uuid variance varianceif variancep week_of_year \
    weekofyear welch_test with within view workspace app cluster database adx arg resource \
    zip zlib_compress_to_base64_string zlib_decompress_from_base64_string zlib_decompress_from_base64string \
    basket autocluster diffpatterns activity_counts_metrics active_users_count funnel_sequence \
    funnel_sequence_completion infer_storage_schema rolling_percentile sequence_detect \
    session_count sliding_window_counts narrow pivot preview schema_merge dcount_hllif \
    edge_id node_id all map inner_nodes labels format_iso8601 toutf8 string fuzzy_match externaldata external_table";

/// Literals that look like calls; what stands in their brackets is no expression.
pub(super) const KQL_LITERALS: &str = "datetime date timespan time dynamic guid typeof decimal";

pub(super) const ESQL_COMMANDS: &str = "where eval stats inline inlinestats keep drop rename sort \
    limit dissect grok enrich lookup mv_expand change_point completion rerank fork fuse sample \
    from row show ts set explain join uri_parts registered_domain user_agent mmr metrics_info ts_info";

pub(super) const ESQL_BINARY: &str = "and or in like rlike";

pub(super) const ESQL_FUNCTIONS: &str = "abs absent absent_over_time acos acosh asin asinh atan \
    atan2 atanh avg avg_over_time bit_length bucket byte_length case categorize cbrt ceil chunk cidr_match \
    clamp clamp_max clamp_min coalesce concat contains copy_sign cos cosh count count_distinct count_distinct_over_time \
    count_over_time date_diff date_extract date_format date_parse date_trunc day_name decay delta \
    deriv dense_vector e earliest embedding ends_with exp field_extract first first_over_time floor from_base64 greatest \
    hash hypot idelta increase ip_prefix irate json_extract knn kql last last_over_time latest least left length \
    locate log log10 ltrim match match_phrase max max_over_time md5 median \
    median_absolute_deviation min min_over_time month_name multi_match mv_append mv_avg mv_concat \
    mv_contains mv_count mv_dedupe mv_difference mv_first mv_intersection mv_intersects mv_last mv_max mv_median \
    mv_median_absolute_deviation mv_min mv_percentile mv_pseries_weighted_sum mv_slice mv_sort \
    mv_sum mv_union mv_zip network_direction now percentile percentile_over_time pi pow present \
    present_over_time qstr range rate repeat replace reverse right round round_to rtrim sample scalb score sha1 \
    sha256 signum sin sinh space split sqrt st_centroid_agg st_contains st_disjoint st_distance \
    st_envelope st_extent_agg st_geohash st_geohex st_geotile st_intersects st_npoints st_simplify st_within \
    st_x st_xmax st_xmin st_y st_ymax st_ymin starts_with std_dev stddev stddev_over_time substring sum \
    sum_over_time tan tanh tau tbucket text_embedding to_aggregate_metric_double to_base64 to_bool \
    to_boolean to_cartesianpoint to_cartesianshape to_date_nanos to_dateperiod to_datetime to_dbl \
    to_degrees to_dense_vector to_double to_dt to_geohash to_geohex to_geopoint to_geoshape to_geotile to_int \
    to_integer to_ip to_long to_lower to_radians to_str to_string to_text to_timeduration to_ul to_ulong \
    to_unsigned_long to_upper to_ver to_version top top_snippets trange trim url_decode url_encode \
    url_encode_component v_cosine v_dot_product v_hamming v_l1_norm v_l2_norm v_magnitude values variance \
    variance_over_time weighted_avg";

/// Units of time behind a number.
pub(super) const ESQL_UNITS: &str = "millisecond milliseconds ms second seconds sec s minute minutes \
    min m hour hours h day days d week weeks w month months mo quarter quarters q year years yr y";

pub(super) const SIGMA_MODIFIERS: &str = "contains startswith endswith all re i m s cidr base64 \
    base64offset wide utf16le utf16be utf16 windash exists gt gte lt lte neq fieldref expand cased \
    hour minute day week month year timestamp";

pub(super) const SIGMA_KEYS: &str = "title id name status description references author date \
    modified tags logsource detection falsepositives level fields related license scope taxonomy \
    correlation action timeframe";

/// How another language's command is called in this one.
pub(super) fn twin(language: QueryLanguage, word: &str) -> Option<&'static str> {
    let (spl, kql, esql) = match word {
        "stats" | "summarize" => ("stats", "summarize", "STATS"),
        "eval" | "extend" => ("eval", "extend", "EVAL"),
        "table" | "project" | "keep" => ("table", "project", "KEEP"),
        "head" | "take" | "limit" => ("head", "take", "LIMIT"),
        "rename" | "project-rename" => ("rename", "project-rename", "RENAME"),
        "mvexpand" | "mv-expand" | "mv_expand" => ("mvexpand", "mv-expand", "MV_EXPAND"),
        "rex" | "parse" | "grok" | "dissect" => ("rex", "parse", "GROK"),
        "order" | "sort" => ("sort", "sort by", "SORT"),
        "dedup" | "distinct" => ("dedup", "distinct", "STATS ... BY"),
        "filter" | "where" => ("where", "where", "WHERE"),
        "fields" | "project-away" | "drop" => ("fields -", "project-away", "DROP"),
        "search" => ("search", "search", "WHERE"),
        "timechart" => (
            "timechart",
            "summarize ... by bin(TimeGenerated, 1h)",
            "STATS ... BY BUCKET(...)",
        ),
        _ => return None,
    };
    match language {
        QueryLanguage::Spl => Some(spl),
        QueryLanguage::Kql => Some(kql),
        QueryLanguage::Esql => Some(esql),
        QueryLanguage::Sigma => None,
    }
}
