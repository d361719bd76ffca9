package site

// The phases of a buzz, in their order. An attack has the first and the last.
const (
	PhaseRising  = "rising"      // it was found
	PhaseFilling = "filling"     // found in calm; now the line will be full even of the lightest pages
	PhasePeak    = "peak"        // it has ceased to grow
	PhaseFading  = "fading"      // well below the peak
	PhaseWave    = "second wave" // it grows again
	PhaseOver    = "over"
)

// PhaseRefusing is that of KindRefused until it is over.
const PhaseRefusing = "refusing"

// What can be full, in Forecast.What; rungs are known by their names.
const (
	FullLine   = "line" // even of the lightest pages
	FullOrigin = "origin"
	FullQuota  = "quota"
	FullDisk   = "disk"
)

// The reasons for a verdict, the only words in Facts.Why.
const (
	WhyManyNetworks = "many networks"  // they come from all over
	WhyOneNetwork   = "one network"    // most come from one
	WhyOnePage      = "one page"       // nearly all want the same page
	WhyManyPages    = "many pages"     // each asks for another page
	WhyAssets       = "assets"         // they load what belongs to the pages
	WhyNoAssets     = "no assets"      // they do not
	WhyFollow       = "follow links"   // they go on to other pages
	WhyNoFollow     = "follow nothing" // they do not
	WhyErrors       = "errors"         // they ask for what there is not
	WhyReferrer     = "referrers"      // other sites send them
	WhyNoReferrer   = "no referrer"    // nobody says who sends them
	WhyMachines     = "machines"       // they say they are machines, or were found to be
	WhyFollowed     = "people follow"  // previews are fetched where a link was posted just now
	WhyNewUsual     = "new usual"      // it lasts so long that it is what to expect now
)
