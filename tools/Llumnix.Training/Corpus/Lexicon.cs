namespace Llumnix.Training.Corpus;

/// <summary>The words the stories are made of, with what they need to be used sensibly.</summary>
public static class Lexicon
{
    public static readonly string[] GirlNames = Words("""
        Anna Lily Mia Sara Emma Lucy Rosa Nora Ella Ruby Zoe Amy Jane Kate Lena Maya Tina Eva Ida Olga Clara Daisy Grace Hana Iris
        Julia Kira Lola Mary Nina Penny Rita Sue Tara Wendy Alice Betty Cora Dora Elsie Flora Gina Holly Ivy Jenny Lara Molly Nelly
        Polly Rose Sally Tess Vera Willow Yara Zara Hazel Mila Nadia Priya
        """);

    public static readonly string[] BoyNames = Words("""
        Tom Ben Max Sam Leo Jack Tim Bob Dan Finn Noah Adam Alex Carl David Eric Fred George Henry Ivan James Karl Luke Mark Nick Oscar
        Paul Peter Ralph Simon Theo Victor Will Zack Andy Billy Charlie Danny Eddie Frank Gus Harry Jim Joe Kevin Liam Mike Nils Otto Owen
        Pablo Ravi Rob Ron Sid Ted Tony Walter Yusuf Hugo
        """);

    public static readonly string[] PetNames = Words("""
        Pip Momo Dot Bubbles Coco Fluffy Nibbles Pepper Patch Rusty Scout Sunny Tiny Ziggy Biscuit Button Clover Dusty Fern Ginger Honey
        Jojo Kiki Lulu Maple Moss Nutmeg Olive Pebble Puff Rocky Sandy Shadow Snowy Spot Sprout Teddy Toby Twig Waffles Whiskers Bramble
        Cricket Flash Hoot Juniper Milo Nono Oats Poppy
        """);

    public static readonly string[] Syllables = Words("""
        ba be bi bo da de do fa fi ga go ha ja jo ka ke ki ko la le li lo lu ma me mi mo na ne ni no pa pe pi ra re ri ro ru sa se si so
        ta te ti to va vi wa ya yo za ze zi zo
        """);

    public static readonly string[] Endings = Words("n r l s k x m th na la ra do to lo mi ko ry ly zy");

    /// <summary>noun|home|food|skill</summary>
    public static readonly Creature[] Animals = Creatures(animal: true, """
        fox|in a den under the old oak tree|berries|smell
        bear|in a cave on the hill|honey|strong
        rabbit|in a burrow under the hill|carrots|dig
        mouse|in a hole in the kitchen wall|cheese|small
        bird|in a nest in the tall tree|seeds|fly
        owl|in a hollow tree|biscuits|see
        frog|by the quiet pond|water lilies|swim
        duck|by the quiet pond|bread|swim
        cat|in a house with a blue door|fish|climb
        dog|in a house near the park|bones|smell
        puppy|in a house near the park|bones|smell
        kitten|in a house with a blue door|milk|climb
        squirrel|in a nest in the tall tree|nuts|climb
        hedgehog|under a pile of leaves|apples|small
        mole|in a tunnel under the meadow|roots|dig
        badger|in a tunnel under the meadow|roots|dig
        beaver|in a house of sticks by the river|bark|swim
        otter|by the river|fish|swim
        turtle|by the lake|lettuce|swim
        monkey|in the jungle|bananas|climb
        elephant|near the big river|melons|strong
        lion|in the wide grassland|soup|strong
        tiger|in the jungle|soup|strong
        giraffe|in the wide grassland|leaves|tall
        zebra|in the wide grassland|grass|fast
        horse|on a farm|apples|fast
        pony|on a farm|carrots|fast
        donkey|on a farm|hay|strong
        cow|on a farm|grass|strong
        goat|on a rocky mountain|grass|climb
        sheep|on a green hill|grass|kind
        lamb|on a green hill|milk|kind
        pig|on a farm|corn|dig
        hen|on a farm|corn|kind
        goose|by the lake|bread|swim
        swan|on the lake|bread|swim
        crow|in a nest in the tall tree|corn|fly
        robin|in a nest in the garden|seeds|fly
        sparrow|in a nest under the roof|crumbs|fly
        eagle|on a rocky mountain|fish|fly
        parrot|in the jungle|mangoes|fly
        penguin|on the ice by the sea|fish|swim
        seal|on the ice by the sea|fish|swim
        snail|under a big leaf|lettuce|small
        ant|under a flat stone|sugar|small
        bee|in a golden hive|honey|fly
        butterfly|in a garden full of flowers|nectar|fly
        spider|in the corner of the barn|soup|climb
        deer|in the green forest|leaves|fast
        moose|in the northern forest|leaves|strong
        wolf|in a cave on the hill|stew|smell
        panda|in a bamboo forest|bamboo|climb
        koala|in a tall tree|leaves|climb
        kangaroo|in the dry grassland|grass|fast
        hippo|in the big river|melons|swim
        camel|in the sandy desert|dates|strong
        raccoon|in a hollow tree|pancakes|climb
        bat|in a dark cave|fruit|see
        dragon|in a cave high in the mountains|toast|fly
        unicorn|in the enchanted forest|apples|fast
        """);

    /// <summary>noun|home|food|skill|gender</summary>
    public static readonly Creature[] People = Creatures(animal: false, """
        prince|in a stone castle|cake|fast|m
        princess|in a stone castle|cake|kind|f
        king|in a golden palace|pie|kind|m
        queen|in a golden palace|pie|kind|f
        knight|in a tall tower|stew|strong|m
        wizard|in a crooked tower|mushroom soup|see|m
        witch|in a crooked house in the woods|pumpkin soup|see|f
        giant|on top of a mountain|porridge|strong|m
        pirate|on a ship with red sails|fish|swim|m
        farmer|on a small farm|bread|strong|m
        baker|above the bakery|fresh bread|kind|m
        sailor|in a house by the sea|fish|swim|m
        robot|in a workshop full of wheels|batteries|strong|m
        fairy|inside a red flower|honey|fly|f
        elf|in a tiny house in the woods|berries|climb|m
        shepherd|on a green hill|bread and cheese|kind|m
        tailor|in a little shop|plum pie|kind|m
        gardener|beside a great garden|tomatoes|dig|f
        painter|in a room full of pictures|pears|kind|f
        teacher|next to the school|pears|kind|f
        """);

    public static readonly Creature Girl = new("girl", "in a small house", "pancakes", "kind", false, Gender.Female);
    public static readonly Creature Boy = new("boy", "in a small house", "pancakes", "kind", false, Gender.Male);

    public static readonly string[] ChildHomes = Lines("""
        in a small house
        in a small village
        in a house by the sea
        in a big city
        in a tall yellow house
        near the forest
        in a little town
        on a farm
        in a house on a hill
        next to the river
        """);

    public static readonly string[] ChildFoods = Lines("""
        pancakes
        apple pie
        cookies
        soup
        strawberries
        noodles
        rice
        ice cream
        bread and jam
        chocolate
        """);

    public static readonly string[] Traits = Words("""
        little small young brave kind clever curious shy quiet cheerful gentle happy lazy proud playful friendly hungry sleepy
        careful silly funny busy honest tiny stubborn
        """);

    /// <summary>noun|how it is mended|base/past of its use</summary>
    public static readonly ThingKind[] Things = ThingKinds("""
        kite|tape|fly/flew it high in the wind
        ball|tape|bounce/bounced it on the ground
        drum|glue|play/played a loud song on it
        lantern|glue|light/lit the dark path with it
        boat|glue|sail/sailed it on the water
        hat|thread|wear/wore it on sunny days
        scarf|thread|wear/wore it on cold days
        coat|thread|wear/wore it in the snow
        book|tape|read/read it under a tree
        map|tape|look/looked at it for hours
        bell|glue|ring/rang it every morning
        flute|glue|play/played sweet music on it
        whistle|glue|blow/blew it very loudly
        basket|thread|carry/carried fruit in it
        umbrella|thread|stay/stayed dry under it
        blanket|thread|sleep/slept under it
        pillow|thread|rest/rested on it
        doll|thread|play/played house with it
        toy bear|thread|hug/hugged it at night
        train|glue|push/pushed it along the floor
        truck|glue|fill/filled it with sand
        toy robot|glue|make/made it walk
        puzzle|glue|solve/solved it on rainy days
        bucket|glue|carry/carried water in it
        shovel|glue|dig/dug deep holes with it
        rope|thread|jump/jumped over it
        swing|thread|swing/swung on it until dark
        sled|glue|ride/rode it down the hill
        wagon|glue|pull/pulled it along the path
        bike|glue|ride/rode it around the lake
        cup|glue|drink/drank warm milk from it
        bowl|glue|eat/ate soup from it
        spoon|glue|stir/stirred the soup with it
        teapot|glue|make/made tea in it
        vase|glue|put/put fresh flowers in it
        mirror|glue|look/looked into it
        box|tape|keep/kept secret things in it
        key|glue|open/opened every door with it
        ring|glue|wear/wore it every day
        necklace|thread|wear/wore it to every party
        crown|glue|wear/wore it at every party
        coin|glue|spin/spun it on the table
        shell|glue|listen/listened to the sea in it
        stone|glue|hold/held it up to the sun
        feather|tape|tickle/tickled friends with it
        leaf boat|tape|float/floated it on the stream
        candle|glue|light/lit it at night
        lamp|glue|read/read beside it
        clock|glue|listen/listened to it tick
        watch|glue|wear/wore it to school
        camera|glue|take/took pictures with it
        telescope|glue|look/looked at the stars with it
        paintbrush|glue|paint/painted the sky with it
        pencil|glue|draw/drew animals with it
        crayon|tape|draw/drew pictures with it
        notebook|tape|write/wrote poems in it
        letter|tape|read/read it again and again
        bag|thread|carry/carried books in it
        backpack|thread|take/took it everywhere
        shoe|thread|walk/walked far in it
        boot|thread|splash/splashed in puddles with it
        sock|thread|wear/wore it in bed
        mitten|thread|keep/kept one hand warm in it
        button|thread|sew/sewed it on a coat
        ribbon|thread|tie/tied it in a bow
        flag|thread|wave/waved it in the air
        balloon|tape|hold/held it by a string
        paper plane|tape|throw/threw it across the room
        pinwheel|tape|watch/watched it spin
        guitar|glue|play/played happy songs on it
        violin|glue|play/played slow songs on it
        trumpet|glue|play/played it at parties
        piano|glue|play/played it after dinner
        music box|glue|listen/listened to it before bed
        chair|glue|sit/sat on it by the window
        ladder|glue|climb/climbed up it to the roof
        hammer|glue|build/built birdhouses with it
        wheel|glue|roll/rolled it down the road
        fishing rod|glue|fish/fished in the lake with it
        net|thread|catch/caught butterflies with it
        tent|thread|camp/camped in it
        jar|glue|keep/kept honey in it
        bottle|glue|fill/filled it with juice
        cage|glue|clean/cleaned it every week
        birdhouse|glue|hang/hung it in the apple tree
        compass|glue|find/found the way with it
        magnet|glue|pick/picked up nails with it
        marble|glue|roll/rolled it on the floor
        top|glue|spin/spun it on the floor
        mask|tape|wear/wore it at the dance
        cape|thread|wear/wore it on long walks
        wand|glue|pretend/pretended to do magic with it
        wooden sword|glue|play/played knights with it
        shield|glue|play/played knights with it
        snow globe|glue|watch/watched the snow in it
        pot|glue|cook/cooked soup in it
        broom|thread|sweep/swept the floor with it
        quilt|thread|sleep/slept under it
        apron|thread|wear/wore it in the kitchen
        spade|glue|plant/planted flowers with it
        """);

    public static readonly string[] Looks = Words("""
        red blue green yellow purple orange pink white black silver golden brown shiny old new big small little tiny round pretty
        beautiful bright strange striped soft special wonderful
        """);

    /// <summary>noun|preposition</summary>
    public static readonly Place[] Places = [.. Lines("""
        the forest|in
        the park|in
        the garden|in
        the meadow|in
        the woods|in
        the beach|on
        the hill|on
        the farm|on
        the river|by
        the lake|by
        the pond|by
        the sea|by
        the stream|by
        the market|at
        the school|at
        the castle|at
        the library|in
        the village|in
        the town|in
        the barn|in
        the field|in
        the cave|in
        the valley|in
        the orchard|in
        the playground|in
        the bakery|in
        the old mill|at
        the bridge|under
        the big oak tree|under
        the apple tree|under
        the mountain|on
        the island|on
        the harbor|in
        the square|in
        the kitchen|in
        the attic|in
        the toy shop|in
        the zoo|at
        the train station|at
        the lighthouse|at
        the waterfall|by
        the well|by
        the fountain|by
        the fence|by
        the road|on
        the path|on
        the tower|in
        the tall grass|in
        the backyard|in
        the greenhouse|in
        """).Select(line => line.Split('|')).Select(part => new Place(part[0], part[1]))];

    public static readonly Obstacle[] Obstacles =
    [
        new("fell into the river", "in the river", "{hero} could not swim", "swim", "jumped into the water and swam to it"),
        new("fell into the pond", "at the bottom of the pond", "the water was too deep for {hero}", "swim", "dived down and brought it up"),
        new("got stuck in a tall tree", "at the top of the tree", "{hero} could not climb so high", "climb", "climbed up the tree, branch by branch"),
        new("landed on the roof", "on the roof", "there was no ladder", "climb", "climbed up the wall to the roof"),
        new("was blown up to a cliff", "on the high cliff", "no path went up there", "fly", "flew up to the cliff"),
        new("landed on top of the tower", "on top of the tower", "the tower had no stairs", "fly", "flew around the tower and picked it up"),
        new("rolled under a heavy rock", "under the rock", "the rock was too heavy for {hero}", "strong", "pushed the heavy rock away"),
        new("was trapped under a fallen log", "under the log", "{hero} was not strong enough", "strong", "lifted the big log"),
        new("sank into the sand", "deep in the sand", "{hero} did not know where to dig", "dig", "dug a deep hole in the sand"),
        new("was buried under a pile of earth", "under the earth", "the earth was hard", "dig", "dug through the hard earth"),
        new("slipped into a narrow hole", "in the narrow hole", "{hero} was too big to fit inside", "small", "crawled into the hole"),
        new("rolled under the fence", "behind the fence", "the gap was too small for {hero}", "small", "squeezed under the fence"),
        new("was lost in a dark cave", "in the dark cave", "{hero} could not see anything in there", "see", "could see in the dark and walked right in"),
        new("disappeared in the tall grass", "somewhere in the tall grass", "the grass was too thick", "smell", "sniffed the ground and followed the smell"),
        new("was carried off on a cart", "on the moving cart", "the cart was too fast for {hero}", "fast", "ran like the wind and caught the cart"),
        new("was hanging on a high branch", "on the high branch", "{hero} could not reach it", "tall", "stretched {fhis} long neck and took it down"),
    ];

    public static readonly string[] Jobs = Lines("""
        swept/sweep the floor of the bakery
        picked/pick apples in the orchard
        carried/carry water from the well
        washed/wash the windows of the shop
        fed/feed the hens on the farm
        painted/paint the old fence
        watered/water the flowers in the garden
        gathered/gather wood in the forest
        sold/sell lemonade by the road
        cleaned/clean the boots of the soldiers
        delivered/deliver letters in the village
        helped/help an old woman with her bags
        """);

    /// <summary>What can be learned: verb in "learn to ..."|the advice|how it looks when it works</summary>
    public static readonly string[] Lessons = Lines("""
        swim|kick your legs and breathe slowly|swam all the way across the pond
        ride a bike|look ahead and keep your feet moving|rode all around the park
        bake bread|wait until the dough has grown|took a warm, round bread out of the oven
        whistle|make your lips round and blow gently|whistled a whole song
        dance|listen to the music and count the steps|danced across the room
        paint|look closely before you start|painted a picture of the whole family
        skate|bend your knees a little|skated over the ice without falling
        juggle|start with one ball and then take two|juggled three apples
        sing|open your mouth and do not be shy|sang so well that the birds listened
        read|go slowly, one letter after another|read a whole page alone
        swing|move your legs forward and back|swung as high as the branches
        fish|be quiet and wait|caught a big silver fish
        climb|hold on tight and do not look down|climbed to the top of the tree
        play the flute|cover the holes well and blow softly|played a sweet song
        sew|make small, even stitches|sewed a new shirt
        jump rope|listen to the rhythm|jumped twenty times in a row
        write|hold the pencil gently|wrote a long letter to grandmother
        cook soup|taste it often|cooked a soup that smelled wonderful
        """);

    /// <summary>What one may be afraid of|when it comes|what it really was</summary>
    public static readonly string[] Fears = Lines("""
        the dark|every night, when the light went out|the dark was only the day taking a rest
        thunder|when the sky grew black|thunder was only a loud noise from the clouds
        deep water|when the others went swimming|the water would carry those who stayed calm
        high places|when the path went up the hill|from a high place one could see the whole world
        the old well|when the wind made sounds in it|it was only the wind that made the sound
        strangers|when somebody new came to the door|a stranger was only a friend one did not know yet
        big dogs|when a dog barked behind the fence|the dog only wanted to play
        storms|when the wind shook the house|the house was strong and the storm would pass
        shadows|when the moon shone into the room|the shadow was only a coat on a chair
        getting lost|when the path went into the woods|one could always follow the stream back home
        """);

    public static readonly string[] Riddles = Lines("""
        I have hands, but I cannot clap. What am I?|a clock
        I have teeth, but I cannot eat. What am I?|a comb
        I fall in winter, but I never get hurt. What am I?|snow
        I follow you all day, but I leave you at night. What am I?|a shadow
        I have a neck, but no head. What am I?|a bottle
        The more you take from me, the bigger I get. What am I?|a hole
        I am full of words, but I cannot speak. What am I?|a book
        I run all day, but I have no legs. What am I?|a river
        I get wet when I dry others. What am I?|a towel
        I can be broken without being touched. What am I?|a promise
        I shine all night, but I am not a lamp. What am I?|the moon
        I have four legs, but I cannot walk. What am I?|a table
        """);

    public static readonly string[] Plants = Words("pumpkin sunflower tomato carrot rose melon bean cabbage strawberry turnip tulip potato onion radish pear");

    public static readonly string[] Dishes = Lines("""
        cake|flour|eggs|sugar
        soup|carrots|onions|salt
        apple pie|apples|flour|butter
        bread|flour|salt|yeast
        noodle soup|noodles|carrots|salt
        stew|potatoes|beans|mushrooms
        pudding|milk|sugar|vanilla
        salad|lettuce|tomatoes|nuts
        jam|strawberries|sugar|lemons
        pizza|dough|cheese|tomatoes
        gingerbread|butter|honey|raisins
        porridge|oats|milk|honey
        """);

    public static readonly string[] Buildings = Lines("""
        a raft|logs|rope|float down the river
        a tree house|boards|nails|look over the whole forest
        a bridge|planks|rope|cross the stream
        a snow fort|snow|ice|hide from the wind
        a sand castle|sand|shells|play king and queen
        a boat|boards|glue|sail across the lake
        a hut|branches|leaves|stay dry in the rain
        a swing|a board|rope|fly through the air
        a wagon|a box|four wheels|roll down the hill
        a birdhouse|boards|nails|watch the birds every morning
        """);

    public static readonly string[] Hiding = Lines("""
        under the bed
        behind the door
        under a bush
        in an old boot
        behind the big chair
        under a pile of leaves
        in the basket
        between two stones
        on the window sill
        behind the stove
        under the table
        in the long grass
        next to the well
        in the pocket of an old coat
        """);

    /// <summary>Words that are drawn anew at every use.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Synonyms = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["happy"] = ["happy", "glad", "very happy", "so happy", "full of joy", "delighted", "pleased"],
        ["sad"] = ["sad", "very sad", "unhappy", "upset", "so sad", "sorry"],
        ["scared"] = ["scared", "afraid", "frightened", "very scared", "nervous"],
        ["tired"] = ["tired", "very tired", "worn out", "sleepy"],
        ["big"] = ["big", "huge", "large", "great", "enormous"],
        ["walked"] = ["walked", "went", "ran", "hurried", "wandered", "skipped"],
        ["said"] = ["said", "said", "said", "answered", "replied"],
        ["cried"] = ["cried", "shouted", "called", "said"],
        ["looked"] = ["looked", "searched", "looked carefully"],
        ["oneday"] = ["one day", "one day", "one morning", "one sunny day", "one afternoon", "one evening", "one cold morning", "one bright morning",
            "one rainy day", "one spring day", "one summer day", "one autumn day", "one winter day", "one windy day", "early one morning"],
        ["weather"] = ["The sun was shining.", "The sky was blue.", "It was a warm day.", "A soft wind was blowing.", "The birds were singing.",
            "The air smelled of flowers.", "White clouds moved across the sky.", "It was a cool and quiet day.", "The leaves were falling."],
        ["next"] = ["the next day", "the next morning", "that evening", "a little later", "after a while", "soon"],
        ["thanks"] = ["Thank you so much", "Thank you", "Thank you, my friend", "You are so kind", "I will never forget that"],
        ["smiled"] = ["smiled", "laughed", "nodded", "beamed", "grinned"],
        ["hug"] = ["gave {friend} a big hug", "hugged {friend}", "shook hands with {friend}", "thanked {friend} again and again"],
        ["goodnight"] = ["That night, {hero} slept very well.", "{Hero} went to bed with a smile.", "{Hero} fell asleep under the bright stars.",
            "When the moon came up, {hero} was already asleep.", "That night, {hero} dreamed of the whole day."],
    };

    private static string[] Words(string text) => text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static Creature[] Creatures(bool animal, string text) =>
    [
        .. Lines(text).Select(line => line.Split('|')).Select(part => new Creature(
            part[0], part[1], part[2], part[3], animal,
            part.Length < 5 ? null : part[4] == "m" ? Gender.Male : Gender.Female)),
    ];

    private static ThingKind[] ThingKinds(string text) =>
    [
        .. Lines(text).Select(line => line.Split('|')).Select(part =>
        {
            string[] verb = part[2].Split(' ', 2);
            string[] tenses = verb[0].Split('/');
            return new ThingKind(part[0], part[1], tenses[0] + " " + verb[1], tenses[1] + " " + verb[1]);
        }),
    ];
}
